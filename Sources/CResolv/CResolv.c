#include "CResolv.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

int cresolv_query(const char *name, int type, const char *server, int port, int seconds, int attempts, unsigned char *answer, int size) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return CRESOLV_SETUP;
    if (server != NULL) {
        struct sockaddr_in address;
        memset(&address, 0, sizeof address);
        address.sin_family = AF_INET;
        address.sin_port = htons((unsigned short)port);
        if (inet_pton(AF_INET, server, &address.sin_addr) != 1) {
            res_nclose(&state);
            return CRESOLV_SETUP;
        }
        state.nscount = 1;
        state.nsaddr_list[0] = address;
    }
    state.retrans = seconds;
    state.retry = attempts;
    // The name is taken as it stands: no search list.
    int length = res_nquery(&state, name, ns_c_in, type, answer, size);
    int error = state.res_h_errno;
    res_nclose(&state);
    if (length >= 0) return length;
    switch (error) {
    case HOST_NOT_FOUND: return CRESOLV_NO_SUCH_NAME;
    case NO_DATA: return CRESOLV_NO_RECORDS;
    case TRY_AGAIN: return CRESOLV_TRY_AGAIN;
    default: return CRESOLV_FAILURE;
    }
}
