/* What GMime reads of message files, in the form of BuildCases.swift: one block a file, ended by an empty line. */
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

static void hex(const char *bytes, size_t length) {
    for (size_t at = 0; at < length; at++) printf("%02x", (unsigned char)bytes[at]);
}

static void line(const char *key, const char *text) {
    printf("%s\t", key);
    hex(text ? text : "", text ? strlen(text) : 0);
    printf("\n");
}

static void addresses(const char *key, InternetAddressList *list) {
    for (int at = 0; list && at < internet_address_list_length(list); at++) {
        InternetAddress *address = internet_address_list_get_address(list, at);
        const char *name = internet_address_get_name(address);
        const char *spec = INTERNET_ADDRESS_IS_MAILBOX(address) ? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)) : "";
        printf("%s\t", key);
        hex(name ? name : "", name ? strlen(name) : 0);
        printf("\t");
        hex(spec, strlen(spec));
        printf("\n");
    }
}

static void part(GMimeObject *parent, GMimeObject *object, gpointer data) {
    if (GMIME_IS_TEXT_PART(object)) {
        char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(object));
        line(g_mime_content_type_is_type(g_mime_object_get_content_type(object), "text", "html") ? "html" : "text", text);
        g_free(text);
    } else if (GMIME_IS_PART(object) && g_mime_part_is_attachment(GMIME_PART(object))) {
        GMimeStream *stream = g_mime_stream_mem_new();
        GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(object));
        if (content) g_mime_data_wrapper_write_to_stream(content, stream);
        GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
        const char *name = g_mime_part_get_filename(GMIME_PART(object));
        printf("attachment\t");
        hex(name ? name : "", name ? strlen(name) : 0);
        printf("\t");
        hex((char *)bytes->data, bytes->len);
        printf("\n");
        g_object_unref(stream);
    }
}

int main(int argc, char **argv) {
    g_mime_init();
    for (int at = 1; at < argc; at++) {
        GMimeStream *stream = g_mime_stream_file_open(argv[at], "r", NULL);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
        line("subject", g_mime_message_get_subject(message));
        GDateTime *date = g_date_time_to_utc(g_mime_message_get_date(message));
        line("date", g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ"));
        line("messageid", g_mime_message_get_message_id(message));
        addresses("from", g_mime_message_get_from(message));
        addresses("to", g_mime_message_get_to(message));
        addresses("cc", g_mime_message_get_cc(message));
        const char *references = g_mime_object_get_header(GMIME_OBJECT(message), "References");
        if (references) {
            GMimeReferences *list = g_mime_references_parse(NULL, references);
            for (int number = 0; number < g_mime_references_length(list); number++) line("reference", g_mime_references_get_message_id(list, number));
        }
        if (GMIME_IS_MULTIPART(g_mime_message_get_mime_part(message)))
            g_mime_message_foreach(message, part, NULL);
        else
            part(NULL, g_mime_message_get_mime_part(message), NULL);
        printf("\n");
        g_object_unref(message);
        g_object_unref(parser);
        g_object_unref(stream);
    }
    return 0;
}
