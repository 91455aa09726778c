// One DNS question over libresolv, without global state: each call has its own resolver state.
#ifndef CRESOLV_H
#define CRESOLV_H

enum {
    CRESOLV_NO_SUCH_NAME = -1,  // NXDOMAIN
    CRESOLV_NO_RECORDS = -2,    // the name exists, not with this type
    CRESOLV_TRY_AGAIN = -3,     // no answer in time
    CRESOLV_FAILURE = -4,       // SERVFAIL, REFUSED, FORMERR
    CRESOLV_SETUP = -5          // no resolver state, or the server address is not one
};

/// Asks for the records of `type` (class IN) at `name`.
///
/// `server` is an IPv4 address in text or NULL for the system's own servers; `port` goes with it.
/// `seconds` is the wait for each of `attempts`. Returns the length of the answer written to `answer`, which may be more than
/// `size` where it did not fit, or one of the negative codes above.
int cresolv_query(const char *name, int type, const char *server, int port, int seconds, int attempts, unsigned char *answer, int size);

#endif
