// libpq as its own header has it. The library itself is loaded when PostgreSQL is first used.
#ifndef CPQ_H
#define CPQ_H

#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>  // Debian
#else
#include <libpq-fe.h>
#endif

/// Loads libpq where that has not been done. Returns NULL, or why there is none; then no function of it may be called.
const char *cpq_load(void);

#endif
