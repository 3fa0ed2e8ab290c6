iptables -I FORWARD 1 -i eth0 -o eth1 -s 203.0.113.9 -j ACCEPT
