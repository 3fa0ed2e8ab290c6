# widen media
iptables -R FORWARD 2 -i eth1 -o eth0 -p udp -s 10.1.0.0/16 -d 203.0.113.0/24 --dport 16384:65535 -j ACCEPT
