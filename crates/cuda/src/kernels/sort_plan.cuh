// What a pass does with a row: whether it moves anything, whether it reads the input and not what an earlier one wrote,
// whether it writes the result, whether it writes beside it, and whether there are NaN or zeros with a sign.
constexpr unsigned CUP_RUNS = 1, CUP_FIRST = 2, CUP_LAST = 4, CUP_ASIDE = 8, CUP_SPECIAL = 16;
// An element that stands at a place of a sorted row: the digits of its key that are known, its place among the elements
// that have these too, how many elements are smaller than all of them, and how many there are.
struct CupChoice { cup_u64 key, rest, less, equal; };
