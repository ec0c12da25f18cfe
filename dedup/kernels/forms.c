/* Paragraphs → comparison forms and the kinds of their tokens: `normalize` and `tokens`, in C. */
#include "native.h"

PyMethodDef FORMS_METHODS[] = {{NULL, NULL, 0, NULL}};
