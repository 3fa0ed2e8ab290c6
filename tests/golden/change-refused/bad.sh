iptables -D FORWARD 9
iptables -A NOCHAIN -j ACCEPT
iptables -A FORWARD -j ACCPT
iptbles -A FORWARD -j ACCEPT
iptables -A FORWARD -p tcp --frob 3 -j ACCEPT
