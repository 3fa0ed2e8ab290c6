# `iptables -L -n [-v]` and `ip6tables -L -n [-v]` to what iptables-save says: for the tests that
# hold a host's listing against its dump. A word that is not known ends it with an error.

function fail(why) { print FILENAME ":" FNR ": " why ": " $0 > "/dev/stderr"; bad = 1; exit 1 }
function put(text) { rule = rule " " text }
# "!x" and "! x" to "! OPTION x"
function option(name, value,    not_) {
    not_ = ""
    if (value == "!") { not_ = "! "; value = word[++at] }
    else if (substr(value, 1, 1) == "!") { not_ = "! "; value = substr(value, 2) }
    put(not_ name " " value)
}
function is_address(s) {
    sub(/^!/, "", s)
    return s == "anywhere" || s ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(\/[0-9.]+)?$/ ||
           s ~ /^[0-9a-fA-F]*:[0-9a-fA-F:.]*(\/[0-9a-fA-F:]+)?$/
}
function after_colon(s) { return substr(s, index(s, ":") + 1) }
# The word behind "name:" and the like.
function next_word() { return word[++at] }

function port_word(w) {
    if (w ~ /^dpts?:/) option("--dport", after_colon(w))
    else if (w ~ /^spts?:/) option("--sport", after_colon(w))
    else if (w ~ /^flags:/) flags(after_colon(w))
    else return 0
    return 1
}
function flags(s,    not_, part) {
    not_ = sub(/^!/, "", s) ? "! " : ""
    split(s, part, "/")
    put(not_ "--tcp-flags " bits(part[1]) " " bits(part[2]))
}
function bits(s,    names, out, i, n) {
    if (s !~ /^0x/) return s
    n = hex(s)
    split("FIN SYN RST PSH ACK URG", names, " ")
    out = ""
    for (i = 1; i <= 6; i++) {
        if (n % 2) out = out (out == "" ? "" : ",") names[i]
        n = int(n / 2)
    }
    return out == "" ? "NONE" : out
}
function hex(s,    i, n) {
    n = 0
    for (i = 3; i <= length(s); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
    return n
}
function recent(    w) {
    put("-m recent")
    while (at < words) {
        w = next_word()
        if (w == "SET") put("--set")
        else if (w == "UPDATE") put("--update")
        else if (w == "CHECK") put("--rcheck")
        else if (w == "REMOVE") put("--remove")
        else if (w == "seconds:") put("--seconds " next_word())
        else if (w == "hit_count:") put("--hitcount " next_word())
        else if (w == "name:") put("--name " next_word())
        else if (w == "side:") put(next_word() == "dest" ? "--rdest" : "--rsource")
        else if (w == "mask:") put("--mask " next_word())
        else { at--; return }
    }
}
function log_words(    w) {
    while (at < words) {
        w = next_word()
        if (w == "uid" || w == "ip-options" || w == "tcp-options" || w == "tcp-sequence") continue
        else if (w == "flags" || w == "level") put("--log-" (w == "flags" ? "level 4" : "level " next_word()))
        else if (w == "prefix") prefix()
        else if (w !~ /^[0-9]+$/) { at--; return }
    }
}
function prefix(    text) {
    text = next_word()
    while (text !~ /^[`"].*["'\'']$/ && at < words) text = text " " next_word()
    put("--log-prefix \"" substr(text, 2, length(text) - 2) "\"")
}

# One match or one part of the target at word[at].
function part(proto,    w) {
    w = word[at]
    if (w == "tcp" || w == "udp" || w == "sctp" || w == "dccp" || w == "udplite") put("-m " w)
    else if (port_word(w)) return
    else if (w == "icmptype") { put("-m icmp"); icmp("--icmp-type") }
    else if (w == "ipv6-icmptype") { put("-m icmp6"); icmp("--icmpv6-type") }
    else if (w == "state" || w == "ctstate") {
        put(w == "state" ? "-m state" : "-m conntrack")
        option("--" w, next_word())
    } else if (w == "!" && word[at + 1] ~ /^(ct)?state$/) {
        w = next_word()
        put((w == "state" ? "-m state" : "-m conntrack") " ! --" w " " next_word())
    } else if (w == "multiport") { put("-m multiport"); w = next_word(); option("--" w, next_word()) }
    else if (w == "limit:") { next_word(); put("-m limit --limit " next_word()); next_word(); put("--limit-burst " next_word()) }
    else if (w == "MAC") { put("-m mac"); option("--mac-source", next_word()) }
    else if (w == "recent:") recent()
    else if (w == "owner") { next_word(); next_word(); put("-m owner"); option("--uid-owner", next_word()) }
    else if (w == "ADDRTYPE") { next_word(); put("-m addrtype"); w = next_word(); option("--" w, next_word()) }
    else if (w == "PKTTYPE") { next_word(); put("-m pkttype --pkt-type " next_word()) }
    else if (w == "PHYSDEV") {
        next_word()
        put("-m physdev")
        while (word[at + 1] ~ /^--physdev/ || (word[at + 1] == "!" && word[at + 2] ~ /^--physdev/)) {
            put(next_word())
            if (word[at] !~ /-is-/ && word[at] != "!") put(next_word())
        }
    }
    else if (w == "TTL") { at += 3; put("-m ttl --ttl-eq " word[at]) }
    else if (w == "source" && word[at + 1] == "IP") { at += 3; put("-m iprange --src-range " word[at]) }
    else if (w == "destination" && word[at + 1] == "IP") { at += 3; put("-m iprange --dst-range " word[at]) }
    else if (w == "match-set") { put("-m set --match-set " next_word()); put(next_word()) }
    else if (w == "helper") { put("-m helper --helper " next_word()); gsub(/--helper "match"/, "--helper") }
    else return w == "[goto]" ? 0 : target_part(w)
}
function icmp(name,    type) {
    type = next_word()
    if (word[at + 1] == "code") { at += 2; type = type "/" word[at] }
    option(name, type)
}
function target_part(w) {
    if (w == "reject-with") tail = tail " --reject-with " next_word()
    else if (w == "LOG") { held = rule; rule = ""; log_words(); tail = tail rule; rule = held }
    else if (w == "NFLOG" || w == "ULOG") at = words
    else if (w == "flags" || w == "level" || w == "prefix") { at--; target_part("LOG") }
    else fail("not understood: " w)
}

/^Chain / {
    chain = $2
    builtin = $3 == "(policy"
    policy = $4
    sub(/\).*/, "", policy)
    print ":" chain " " (builtin ? policy : "-") " [0:0]"
    next
}
/^ *(num +)?(pkts|target) / { verbose = /pkts/; numbered = $1 == "num"; next }
/^[ \t\r]*$/ || /^#/ { next }
{
    line = $0
    sub(/\r$/, "", line)
    gsub(/\/\*[^*]*\*\//, "", line)
    gsub(/flags: /, " flags:", line) # some versions print "dpt:22flags: 0x17/0x02"
    spaced = line ~ /^ / && !verbose
    words = split(line, word, " ")
    for (first = 1; first <= words && !is_address(word[first]); first++) continue
    if (first >= words) fail("no address")
    start = 1 + (numbered ? 1 : 0) + (verbose ? 2 : 0)
    rule = "-A " chain
    from = first - 1
    if (verbose) {
        if (word[from - 1] != "*" && word[from - 1] != "any") { at = from - 1; option("-i", word[at]) }
        if (word[from] != "*" && word[from] != "any") { at = from; option("-o", word[at]) }
        from -= 2
    }
    if (word[from] ~ /^(--|-f|!f)$/) {
        if (word[from] != "--") put(word[from] == "-f" ? "-f" : "! -f")
        from--
    }
    proto = word[from]
    jump = from > start ? word[start] : ""
    if (proto != "all" && proto != "0") { at = from; option("-p", proto) }
    at = first
    if (word[first] !~ /^(anywhere|0\.0\.0\.0\/0|::\/0)$/) option("-s", word[first])
    if (word[first + 1] !~ /^(anywhere|0\.0\.0\.0\/0|::\/0)$/) option("-d", word[first + 1])
    tail = ""
    goes = 0
    for (at = first + 2; at <= words; at++) { goes = goes || word[at] == "[goto]"; part(proto) }
    if (jump != "") rule = rule (goes ? " -g " : " -j ") jump tail
    rules[++n] = rule
}
BEGIN { print "*filter" }
END {
    if (bad) exit 1
    for (i = 1; i <= n; i++) print rules[i]
    print "COMMIT"
}
