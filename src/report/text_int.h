/* Shared by the files of the text report: a pen that knows the terminal. */
#ifndef FWPROOF_TEXT_INT_H
#define FWPROOF_TEXT_INT_H

#include "report/report.h"

enum style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_ERROR,
    STYLE_WARNING,
    STYLE_NOTE,
    STYLE_GOOD,
    STYLE_FIX,
    STYLE_GUTTER,
};

struct pen {
    struct out *o;
    struct arena *arena;
    bool color, utf8;
    size_t width;
    bool whole; /* show long lists whole */
    bool links;
    struct str cwd;
};

struct pen pen_of(const struct report *r, struct out *o);
enum style severity_style(enum severity s);
void pen_style(struct pen *p, enum style s); /* STYLE_PLAIN ends it */
void pen_text(struct pen *p, enum style s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* S made safe for the terminal. */
struct str pen_safe(const struct pen *p, struct str s);
/* S as it may begin a line: CI servers take a line that begins with "::error" for a command. */
struct str pen_line_start(const struct pen *p, struct str s);
/* TEXT, wrapped at blanks; the first line begins behind COLUMN columns that are written already,
 * the others are indented by INDENT. Ends the line. */
void pen_wrap(struct pen *p, size_t column, size_t indent, struct str text);
/* "  label     text", wrapped under itself. */
void pen_row(struct pen *p, const char *label, struct str text);
/* TEXT, as a link to the line of P where the terminal shows links. */
void pen_link(struct pen *p, const struct place *to, struct str text);
/* Columns that S takes: code points. */
size_t text_width(struct str s);
#define ROW_INDENT 12

/* A mark below a source line. */
struct mark {
    struct place place;
    struct str label; /* may be empty */
    bool primary;
};
/* The lines of MARKS with their marks, file by file; the first mark's place is the heading, with
 * NOTE behind it. */
void excerpt(struct pen *p, const struct mark *marks, size_t n, struct str note);

void text_finding(struct pen *p, const struct report *r, const struct finding *f);
/* Every item of the catalogues that were asked for. */
void text_catalogues(struct pen *p, const struct report *r);
/* What stands behind the findings: controls, assumptions, lines not modelled, the verdict. */
void text_tail(struct pen *p, const struct report *r);

#endif
