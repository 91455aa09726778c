/* The lower bound: signs in, asks for a whole mailbox, reads to the tagged answer and throws it away.
 *
 *   cc -O2 -o rawimap rawimap.c -lssl -lcrypto
 *   rawimap HOST PORT tls|none USER PASSWORD MAILBOX "UID FETCH 1:* BODY.PEEK[]" [FILE]
 *
 * Prints wall and processor seconds of the last command, and its megabytes; FILE gets the bytes. The certificate is not checked. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int line;
static SSL *tls;
static FILE *copy;
static char buffer[1 << 18];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double processor(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static long take(char *at, size_t room) { return tls ? SSL_read(tls, at, (int)room) : read(line, at, room); }

/* Sends a command and reads until a line begins with its tag; the tag is one that mail does not contain. */
static long command(const char *text) {
    static int number;
    char pattern[40], out[9000];
    int length = snprintf(out, sizeof out, "Zq%08xT%d %s\r\n", (unsigned)time(0) * 2654435761u, ++number, text);
    size_t wanted = (size_t)snprintf(pattern, sizeof pattern, "\n%.*s ", (int)(strchr(out, ' ') - out), out);
    if ((tls ? SSL_write(tls, out, length) : write(line, out, (size_t)length)) != length) exit(2);
    long total = 0;
    size_t kept = 1;
    buffer[0] = '\n';
    for (;;) {
        long got = take(buffer + kept, sizeof buffer - kept);
        if (got <= 0) exit(3);
        if (copy) fwrite(buffer + kept, 1, (size_t)got, copy);
        total += got;
        size_t have = kept + (size_t)got, from = have > 8192 ? have - 8192 : 0;
        char *end = memmem(buffer + from, have - from, pattern, wanted);
        if (end && buffer[have - 1] == '\n') {
            if (memcmp(end + wanted, "OK", 2)) exit(4);
            return total;
        }
        kept = have > 8192 ? 8192 : have;
        memmove(buffer, buffer + have - kept, kept);
    }
}

int main(int count, char **word) {
    if (count < 8) return 64;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(word[2]))};
    inet_pton(AF_INET, word[1], &to.sin_addr);
    int on = 1;
    line = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(line, (void *)&to, sizeof to)) return 69;
    if (!strcmp(word[3], "tls")) {
        tls = SSL_new(SSL_CTX_new(TLS_client_method()));
        SSL_set_fd(tls, line);
        if (SSL_connect(tls) != 1) return 69;
    }
    if (take(buffer, sizeof buffer) <= 0) return 69;
    char text[1024];
    snprintf(text, sizeof text, "LOGIN \"%s\" \"%s\"", word[4], word[5]);
    command(text);
    snprintf(text, sizeof text, "EXAMINE \"%s\"", word[6]);
    command(text);
    if (count > 8) copy = fopen(word[8], "w");
    for (int round = 1; round <= (copy ? 1 : 3); round++) {
        double start = now(), busy = processor();
        long bytes = command(word[7]);
        double wall = now() - start;
        printf("raw %d      %7.3f s  %8.1f MB  %7.1f MB/s  %6.2f s cpu\n", round, wall, bytes / 1e6, bytes / 1e6 / wall, processor() - busy);
    }
    if (copy) fclose(copy);
    return 0;
}
