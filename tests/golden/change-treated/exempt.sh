iptables -t nat -I POSTROUTING 1 -d 203.0.113.0/24 -j ACCEPT
