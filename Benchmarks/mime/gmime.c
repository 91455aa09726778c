/* The same work by GMime 3: see README.md. usage: gmime envelope|header|structure|text DIRECTORY */
#include <dirent.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static size_t checksum;

static void count(GMimeObject *parent, GMimeObject *part, gpointer data) {
    checksum++;
    if (*(int *)data == 0 || !GMIME_IS_TEXT_PART(part)) {
        if (*(int *)data != 0 && GMIME_IS_PART(part)) {
            GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
            if (content) {
                GMimeStream *null = g_mime_stream_null_new();
                checksum += g_mime_data_wrapper_write_to_stream(content, null);
                g_object_unref(null);
            }
        }
        return;
    }
    char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    if (text) checksum += strlen(text);
    g_free(text);
}

static void work(const char *mode, const guint8 *bytes, size_t length) {
    if (strcmp(mode, "header") == 0) {
        /* GMime has no way to stop after the header: give it nothing else. */
        const guint8 *end = memmem(bytes, length, "\n\n", 2);
        const guint8 *crlf = memmem(bytes, end ? (size_t)(end - bytes) : length, "\r\n\r\n", 4);
        if (crlf) end = crlf + 2;
        if (end) length = end + 2 - bytes;
    }
    GByteArray *array = g_byte_array_new_take((guint8 *)bytes, length);
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(array);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (message) {
        int decode = strcmp(mode, "text") == 0;
        if (strcmp(mode, "envelope") == 0 || strcmp(mode, "header") == 0) {
            const char *subject = g_mime_message_get_subject(message);
            if (subject) checksum += strlen(subject);
            checksum += internet_address_list_length(g_mime_message_get_from(message));
            checksum += internet_address_list_length(g_mime_message_get_to(message));
            checksum += internet_address_list_length(g_mime_message_get_cc(message));
            checksum += g_mime_message_get_date(message) != NULL;
            const char *id = g_mime_message_get_message_id(message);
            if (id) checksum += strlen(id);
        } else {
            if (g_mime_message_get_mime_part(message) != NULL) g_mime_message_foreach(message, count, &decode);
        }
        g_object_unref(message);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    g_byte_array_free(array, FALSE);
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    g_mime_init();
    DIR *directory = opendir(argv[2]);
    if (!directory) return 66;
    struct dirent *entry;
    double spent = 0;
    size_t messages = 0, total = 0;
    char path[4096];
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", argv[2], entry->d_name);
        gchar *bytes;
        gsize length;
        if (!g_file_get_contents(path, &bytes, &length, NULL)) continue;
        double start = seconds();
        work(argv[1], (guint8 *)bytes, length);
        spent += seconds() - start;
        messages++;
        total += length;
        g_free(bytes);
    }
    printf("gmime %-10s %6zu messages %8.1f MB %8.3f s CPU %9.0f messages/s %8.1f MB/s (%zu)\n", argv[1], messages, total / 1e6, spent, messages / spent, total / 1e6 / spent, checksum);
    return 0;
}
