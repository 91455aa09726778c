/* The same work by GMime 3: see README.md. usage: gmime envelope|header|structure|text DIRECTORY | gmime memory MODE FILE */
#include <gmime/gmime.h>
#include "measure.h"

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

void work(const char *mode, const char *source, size_t length) {
    const guint8 *bytes = (const guint8 *)source;
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
    g_mime_init();
    return measure("gmime", argc, argv, &checksum);
}
