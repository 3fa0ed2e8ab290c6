# A fleet that no one runs: writes N configurations of mixed formats to the folder DIR, each one of
# the files on the command line with other addresses and about RULES more rules:
# awk -v n=N -v dir=DIR -v rules=RULES -f fleet.awk FILE ... The same bytes for the same values.
function next_number(below) {
    seed = (seed * 16807) % 2147483647
    return seed % below
}
function host() { return "10." next_number(256) "." next_number(256) "." next_number(254) + 1 }
function server() { return "172." 16 + next_number(16) "." next_number(256) "." next_number(254) + 1 }
function port() { return 1024 + next_number(8000) }
# More rules in front of LINE, the first of its list.
function more(line, to,    i, list) {
    for (i = rules / 2 + next_number(rules); i > 0; i--)
        if (line ~ /^-A FORWARD/)
            print "-A FORWARD -s " host() "/32 -d " server() "/32 -i eth1 -p tcp -m tcp --dport " port() \
                  (next_number(8) ? " -j ACCEPT" : " -j DROP") > to
        else if (split(line, list, " ") && list[1] == "access-list")
            print "access-list " list[2] " extended " (next_number(8) ? "permit" : "deny") " tcp host " host() \
                  " host " server() " eq " port() > to
        else
            print i "0000,more,yes,inside," host() ",outside," server() ",tcp," port() ",allow," > to
}
# 10.X in LINE becomes 10.Y, unless it is all of 10.0.0.0/8.
function moved(line, by) {
    if (line ~ /10\.0\.0\.0(\/8| 255\.0\.0\.0)/ || !match(line, /(^|[^0-9.])10\.[0-9]+\./))
        return line
    return substr(line, 1, RSTART + RLENGTH - 1) by % 250 substr(line, RSTART + RLENGTH + index(substr(line, RSTART + RLENGTH), ".") - 1)
}
FNR == 1 { file[++files] = FILENAME }
{ text[files, ++lines[files]] = $0 }
END {
    seed = 1
    for (k = 1; k <= n; k++) {
        which = (k - 1) % files + 1
        end = file[which]
        sub(/.*\./, ".", end)
        to = sprintf("%s/fw%04d%s", dir, k, end)
        begun = 0
        for (i = 1; i <= lines[which]; i++) {
            line = text[which, i]
            if (!begun && line ~ /^(-A FORWARD .*-p|access-list .* extended|1,)/) {
                begun = 1
                more(line, to)
            }
            if (line ~ /^hostname /)
                line = line "-" k
            print moved(line, k) > to
        }
        close(to)
    }
}
