#include "CSQLite.h"

#include <sqlite3.h>
#include <stddef.h>

int csqlite_keep_log(struct sqlite3 *connection) { return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL); }

int csqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
