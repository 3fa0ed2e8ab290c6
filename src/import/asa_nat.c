#include "import/asa_int.h"
void asa_on_nat(struct asa_reader *r, struct asa_line *l)
{
    (void)r;
    (void)l;
}
void asa_on_static(struct asa_reader *r, struct asa_line *l)
{
    (void)r;
    (void)l;
}
void asa_on_global(struct asa_reader *r, struct asa_line *l)
{
    (void)r;
    (void)l;
}
void asa_on_nat_control(struct asa_reader *r, struct asa_line *l)
{
    (void)r;
    (void)l;
}
void asa_nat_lower(struct asa *x, struct asa_config *c, struct chain *unnat, struct chain *nat)
{
    (void)x;
    (void)c;
    (void)unnat;
    (void)nat;
}
