/* The same work by libetpan: see README.md. usage: etpan envelope|structure|text DIRECTORY | etpan memory MODE FILE */
#include <libetpan/libetpan.h>
#include "measure.h"

static size_t checksum;

static void visit(struct mailmime *mime, const char *bytes, size_t length, int decode) {
    checksum++;
    if (mime->mm_type == MAILMIME_SINGLE) {
        struct mailmime_data *data = mime->mm_data.mm_single;
        if (!decode || !data || data->dt_type != MAILMIME_DATA_TEXT) return;
        size_t at = 0, size = 0;
        char *decoded = NULL;
        if (mailmime_part_parse(data->dt_data.dt_text.dt_data, data->dt_data.dt_text.dt_length, &at, data->dt_encoding, &decoded, &size) != MAILIMF_NO_ERROR) return;
        struct mailmime_content *type = mime->mm_content_type;
        int is_text = !type || (type->ct_type->tp_type == MAILMIME_TYPE_DISCRETE_TYPE &&
                                type->ct_type->tp_data.tp_discrete_type->dt_type == MAILMIME_DISCRETE_TYPE_TEXT);
        char *charset = type ? mailmime_content_charset_get(type) : NULL, *text = NULL;
        size_t characters = 0;
        if (is_text && charset && charconv_buffer("utf-8", charset, decoded, size, &text, &characters) == MAIL_CHARCONV_NO_ERROR) {
            checksum += characters;
            charconv_buffer_free(text);
        } else checksum += size;
        mailmime_decoded_part_free(decoded);
    } else if (mime->mm_type == MAILMIME_MULTIPLE) {
        for (clistiter *part = clist_begin(mime->mm_data.mm_multipart.mm_mp_list); part; part = clist_next(part))
            visit(clist_content(part), bytes, length, decode);
    } else if (mime->mm_data.mm_message.mm_msg_mime) visit(mime->mm_data.mm_message.mm_msg_mime, bytes, length, decode);
}

void work(const char *mode, const char *bytes, size_t length) {
    size_t at = 0;
    if (strcmp(mode, "envelope") == 0) {
        struct mailimf_fields *fields = NULL;
        if (mailimf_envelope_and_optional_fields_parse(bytes, length, &at, &fields) != MAILIMF_NO_ERROR) return;
        struct mailimf_single_fields single;
        mailimf_single_fields_init(&single, fields);
        if (single.fld_subject) {
            char *subject = NULL;
            size_t index = 0;
            const char *value = single.fld_subject->sbj_value;
            if (mailmime_encoded_phrase_parse("utf-8", value, strlen(value), &index, "utf-8", &subject) == MAILIMF_NO_ERROR) {
                checksum += strlen(subject);
                free(subject);
            }
        }
        checksum += (single.fld_from != NULL) + (single.fld_to != NULL) + (single.fld_cc != NULL) + (single.fld_orig_date != NULL);
        if (single.fld_message_id) checksum += strlen(single.fld_message_id->mid_value);
        mailimf_fields_free(fields);
        return;
    }
    struct mailmime *mime = NULL;
    if (mailmime_parse(bytes, length, &at, &mime) != MAILIMF_NO_ERROR) return;
    visit(mime, bytes, length, strcmp(mode, "text") == 0);
    mailmime_free(mime);
}

int main(int argc, char **argv) { return measure("libetpan", argc, argv, &checksum); }
