// Placeholder header replaced by the DNS shim.
#ifndef CRESOLV_H
#define CRESOLV_H
int cresolv_version(void);
#endif
