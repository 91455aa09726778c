// What SQLite offers only through a function with a variable list of arguments, which Swift can't call.
#ifndef CSQLITE_H
#define CSQLITE_H

struct sqlite3;

/// The last connection to close leaves the write-ahead log as it is (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE). Returns SQLite's code.
int csqlite_keep_log(struct sqlite3 *connection);

/// SQLite counts no memory (SQLITE_CONFIG_MEMSTATUS), which takes a lock at each allocation. Before the first connection; returns SQLite's code.
int csqlite_count_no_memory(void);

#endif
