iptables -R FORWARD 4 -p tcp --dport 113 -j DROP
iptables -I FORWARD 1 -i eth0 -o eth1 -s 203.0.113.9 -d 10.0.0.6 -p tcp --dport 443 -j ACCEPT
