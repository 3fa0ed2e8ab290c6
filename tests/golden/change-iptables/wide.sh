iptables -N MEDIA
iptables -I FORWARD 2 -i eth1 -o eth0 -p udp -j MEDIA
iptables -A MEDIA -d 203.0.113.0/24 -p udp --dport 10000:65535 -j ACCEPT
iptables -D FORWARD -i eth1 -o eth0 -p tcp --dport 443 -j ACCEPT
