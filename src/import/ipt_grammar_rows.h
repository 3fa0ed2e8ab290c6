/* How the rows of the grammar's tables are written. For the files of these tables alone. */
#ifndef FWPROOF_IPT_GRAMMAR_ROWS_H
#define FWPROOF_IPT_GRAMMAR_ROWS_H

#include "import/ipt_grammar.h"

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define PROTOS(...)                                                                                \
    (const uint8_t[])                                                                              \
    {                                                                                              \
        __VA_ARGS__, 0                                                                             \
    }
#define TERMS(...)                                                                                 \
    (const struct ipt_term[])                                                                      \
    {                                                                                              \
        __VA_ARGS__, END                                                                           \
    }
#define NUMBER(option, most) .name = (option), .value = ipt_v_number, .max = (most)
#define WORD(option, list) .name = (option), .value = ipt_v_word, .words = (list)
#define FLAG(option) .name = (option)

#endif
