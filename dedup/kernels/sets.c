/* Comparison forms → shingle sets → signatures; sets → what they share. */
#include "native.h"

PyMethodDef SETS_METHODS[] = {{NULL, NULL, 0, NULL}};
