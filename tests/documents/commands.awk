# The commands and literal blocks of Markdown and mdoc pages: commands.awk -v dir=DIR PAGE...
# Writes each command to DIR/N.sh, each block to DIR/N.block, and "N<tab>page<tab>text" for each,
# where a block's text is "block K" (of its page) and a command's is itself, on one line.
function is_command(s) {
    return s ~ /^([A-Z_]+=[^ ]+ )*(\.\/)?(fwproof|make|sh|ssh|man|python3|cc|parallel|sbatch|tests\/[^ ]+|build\/[^ ]+) [^ ]/ || s == "make"
}
function emit(s, end,    file, flat) {
    file = dir "/" ++n end
    printf "%s\n", s > file
    close(file)
    flat = s
    gsub(/[ \t\n]+/, " ", flat)
    sub(/ $/, "", flat)
    if (end == ".block")
        flat = "block " ++blocks
    if (end == ".block" || !((page, flat) in seen))
        print n "\t" page "\t" flat
    seen[page, flat] = 1
}
function command(s) {
    sub(/[ \t]+#[ \t].*$/, "", s) # what it is for
    emit(s, ".sh")
}
function inline(    part, i, count) { # commands in the running text of a Markdown page
    gsub(/\n/, " ", prose)
    count = split(prose, part, "`")
    for (i = 2; i <= count; i += 2)
        if (part[i] ~ /^sh '.*'$/) # a step of Jenkins
            emit(substr(part[i], 5, length(part[i]) - 5), ".sh")
        else if (is_command(part[i]))
            emit(part[i], ".sh")
    prose = ""
}
function open_quote(s,    t) {
    t = s
    return gsub(/'/, "", t) % 2
}
function literal(s) { # mdoc's escapes
    gsub(/\\\(en/, "-", s)
    gsub(/\\e/, "\\", s)
    gsub(/\\-/, "-", s)
    gsub(/\\&/, "", s)
    return s
}
FNR == 1 {
    if (page ~ /\.md$/)
        inline()
    page = FILENAME
    sub(/^.*\/man\//, "man/", page)
    sub(/^.*\/(\.\/)?/, "", page)
    markdown = page ~ /\.md$/
    inside = blocks = 0
}
markdown && /^```/ {
    inside = !inside
    text = /^```text/
    held = ""
    if (!inside && body != "")
        emit(body, ".block")
    body = ""
    next
}
markdown && inside && text { body = body (body == "" ? "" : "\n") $0; next }
markdown && inside {
    if (held == "" && (/^ *#/ || /^$/))
        next
    held = held == "" ? $0 : held "\n" $0
    if (open_quote(held) || /\\$/ || /\|$/)
        next
    command(held)
    held = ""
    next
}
markdown { prose = prose "\n" $0; next }

/^\.Dl / { s = literal(substr($0, 5)); sub(/^\$ /, "", s); command(s); next }
/^\.Ic fwproof [^.,]/ {
    s = literal(substr($0, 5))
    gsub(/ (Ar|Cm) /, " ", s)
    gsub(/Fl -/, "--", s)
    gsub(/Fl /, "-", s)
    sub(/ [.,]$/, "", s)
    emit(s, ".sh")
    next
}
/^\.Bd / { body = ""; inside = 1; next }
/^\.Ed/ { emit(body, ".block"); inside = 0; next }
inside { body = body (body == "" ? "" : "\n") literal($0) }
END { if (markdown) inline() }
