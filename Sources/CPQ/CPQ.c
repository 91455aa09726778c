#include "CPQ.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

// libpq brings some twenty libraries along (Kerberos, LDAP, two for TLS), nearly half of all that the program would load. Most installations
// work on SQLite: for them each start found, mapped and bound those in vain.

#ifdef __APPLE__
#define LIBRARY "libpq.5.dylib"
#else
#define LIBRARY "libpq.so.5"
#endif

#define FUNCTIONS(EACH) \
    EACH(PQclear) \
    EACH(PQcmdTuples) \
    EACH(PQconnectdbParams) \
    EACH(PQconsumeInput) \
    EACH(PQenterPipelineMode) \
    EACH(PQerrorMessage) \
    EACH(PQexec) \
    EACH(PQexecPrepared) \
    EACH(PQexitPipelineMode) \
    EACH(PQfinish) \
    EACH(PQfreemem) \
    EACH(PQftype) \
    EACH(PQgetResult) \
    EACH(PQgetisnull) \
    EACH(PQgetlength) \
    EACH(PQgetvalue) \
    EACH(PQnfields) \
    EACH(PQnotifies) \
    EACH(PQntuples) \
    EACH(PQpipelineSync) \
    EACH(PQprepare) \
    EACH(PQputCopyData) \
    EACH(PQputCopyEnd) \
    EACH(PQresultErrorField) \
    EACH(PQresultErrorMessage) \
    EACH(PQresultStatus) \
    EACH(PQsendQueryPrepared) \
    EACH(PQsetNoticeProcessor) \
    EACH(PQsocket) \
    EACH(PQstatus) \
    EACH(PQtransactionStatus)

static struct {
#define FIELD(name) __typeof__(&name) name;
    FUNCTIONS(FIELD)
} real;

static const char *failure;

static void load(void) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        failure = dlerror();
        return;
    }
#define FIND(name) \
    if ((real.name = (__typeof__(&name))dlsym(library, #name)) == NULL) failure = LIBRARY " has no " #name ": version 14 or later is needed";
    FUNCTIONS(FIND)
}

const char *cpq_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return failure;
}

// Not seen by libpq itself, which calls some of its own functions by their names.
#define OURS __attribute__((visibility("hidden")))

OURS void PQclear(PGresult *res) { real.PQclear(res); }
OURS char *PQcmdTuples(PGresult *res) { return real.PQcmdTuples(res); }
OURS PGconn *PQconnectdbParams(
    const char *const *keywords, const char *const *values, int expand_dbname) {
    return real.PQconnectdbParams(keywords, values, expand_dbname);
}
OURS int PQconsumeInput(PGconn *conn) { return real.PQconsumeInput(conn); }
OURS int PQenterPipelineMode(PGconn *conn) { return real.PQenterPipelineMode(conn); }
OURS char *PQerrorMessage(const PGconn *conn) { return real.PQerrorMessage(conn); }
OURS PGresult *PQexec(PGconn *conn, const char *query) { return real.PQexec(conn, query); }
OURS PGresult *PQexecPrepared(
    PGconn *conn, const char *stmtName, int nParams, const char *const *paramValues, const int *paramLengths, const int *paramFormats, int resultFormat) {
    return real.PQexecPrepared(conn, stmtName, nParams, paramValues, paramLengths, paramFormats, resultFormat);
}
OURS int PQexitPipelineMode(PGconn *conn) { return real.PQexitPipelineMode(conn); }
OURS void PQfinish(PGconn *conn) { real.PQfinish(conn); }
OURS void PQfreemem(void *ptr) { real.PQfreemem(ptr); }
OURS Oid PQftype(const PGresult *res, int field_num) { return real.PQftype(res, field_num); }
OURS PGresult *PQgetResult(PGconn *conn) { return real.PQgetResult(conn); }
OURS int PQgetisnull(const PGresult *res, int tup_num, int field_num) { return real.PQgetisnull(res, tup_num, field_num); }
OURS int PQgetlength(const PGresult *res, int tup_num, int field_num) { return real.PQgetlength(res, tup_num, field_num); }
OURS char *PQgetvalue(const PGresult *res, int tup_num, int field_num) { return real.PQgetvalue(res, tup_num, field_num); }
OURS int PQnfields(const PGresult *res) { return real.PQnfields(res); }
OURS PGnotify *PQnotifies(PGconn *conn) { return real.PQnotifies(conn); }
OURS int PQntuples(const PGresult *res) { return real.PQntuples(res); }
OURS int PQpipelineSync(PGconn *conn) { return real.PQpipelineSync(conn); }
OURS PGresult *PQprepare(
    PGconn *conn, const char *stmtName, const char *query, int nParams, const Oid *paramTypes) {
    return real.PQprepare(conn, stmtName, query, nParams, paramTypes);
}
OURS int PQputCopyData(PGconn *conn, const char *buffer, int nbytes) { return real.PQputCopyData(conn, buffer, nbytes); }
OURS int PQputCopyEnd(PGconn *conn, const char *errormsg) { return real.PQputCopyEnd(conn, errormsg); }
OURS char *PQresultErrorField(const PGresult *res, int fieldcode) { return real.PQresultErrorField(res, fieldcode); }
OURS char *PQresultErrorMessage(const PGresult *res) { return real.PQresultErrorMessage(res); }
OURS ExecStatusType PQresultStatus(const PGresult *res) { return real.PQresultStatus(res); }
OURS int PQsendQueryPrepared(
    PGconn *conn, const char *stmtName, int nParams, const char *const *paramValues, const int *paramLengths, const int *paramFormats, int resultFormat) {
    return real.PQsendQueryPrepared(conn, stmtName, nParams, paramValues, paramLengths, paramFormats, resultFormat);
}
OURS PQnoticeProcessor PQsetNoticeProcessor(
    PGconn *conn, PQnoticeProcessor proc, void *arg) {
    return real.PQsetNoticeProcessor(conn, proc, arg);
}
OURS int PQsocket(const PGconn *conn) { return real.PQsocket(conn); }
OURS ConnStatusType PQstatus(const PGconn *conn) { return real.PQstatus(conn); }
OURS PGTransactionStatusType PQtransactionStatus(const PGconn *conn) { return real.PQtransactionStatus(conn); }
