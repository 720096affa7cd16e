/*
 * A PKCS#11 module that forwards to another one (MODULE, with SOFTHSM2_CONF at CONF). Files beside it change its behaviour:
 *   gone   the token is removed, and its sessions are lost
 *   slow   a signature takes this many milliseconds; the file waits has a line for each
 *   final  one more wrong PIN locks the token
 *   locked the token is locked
 *   one    the token allows only one session
 *   nopss  the token has no mechanism RSA-PSS
 *   late   the same, but only when it signs
 *   each   the key requires the PIN for each signature
 *   other  the token has another key
 *   login  C_Login returns this, in hexadecimal
 *   stuck  C_Login of the token "slow" does not return; the file waits has a line for it
 * Each login is a line in the file logins, each session that opens or ends a line in the file sessions.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ul;
typedef struct { ul version; void *functions[68]; } list;
enum { GetSlotList = 4, GetTokenInfo = 6, OpenSession = 12, CloseSession = 13, Login = 18, GetAttributeValue = 24, GetSessionInfo = 15, SignInit = 42, Sign = 43 };

static list *real, ours;
static char folder[400];
static int sessions;
static __thread ul mechanism_of_sign;

static int said(const char *name) { char path[512]; snprintf(path, sizeof path, "%s/%s", folder, name); return access(path, F_OK) == 0; }

static void note(const char *name, const char *line)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "a");
    if (file) { fprintf(file, "%s\n", line); fclose(file); }
}

static long number(const char *name, int base)
{
    char path[512], text[32] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (!fgets(text, sizeof text, file)) text[0] = 0;
    fclose(file);
    return strtol(text, 0, base);
}

static ul slot_list(unsigned char present, ul *slots, ul *count)
{
    if (!said("gone")) return ((ul (*)(unsigned char, ul *, ul *))real->functions[GetSlotList])(present, slots, count);
    *count = 0;
    return 0;
}

static ul token_info(ul slot, unsigned char *info)
{
    ul result = ((ul (*)(ul, unsigned char *))real->functions[GetTokenInfo])(slot, info);
    if (said("final")) *(ul *)(info + 96) |= 0x20000;
    if (said("locked")) *(ul *)(info + 96) |= 0x40000;
    return result;
}

static ul open_session(ul slot, ul flags, void *a, void *b, ul *session)
{
    if (said("gone")) return 0xE0;
    if (said("one") && sessions > 0) return 0xB1;
    ul result = ((ul (*)(ul, ul, void *, void *, ul *))real->functions[OpenSession])(slot, flags, a, b, session);
    if (result == 0) { __sync_add_and_fetch(&sessions, 1); note("sessions", "open"); }
    return result;
}

static ul close_session(ul session)
{
    __sync_sub_and_fetch(&sessions, 1);
    note("sessions", "close");
    return ((ul (*)(ul))real->functions[CloseSession])(session);
}

static int is_of_slow(ul session)
{
    struct { ul slot, state, flags, error; } about;
    unsigned char token[512];
    return ((ul (*)(ul, void *))real->functions[GetSessionInfo])(session, &about) == 0
        && ((ul (*)(ul, unsigned char *))real->functions[GetTokenInfo])(about.slot, token) == 0 && memcmp(token, "slow ", 5) == 0;
}

static ul attribute(ul session, ul object, ul *template, ul count)
{
    if (count == 1 && template[0] == 0x202 && said("each")) { *(unsigned char *)template[1] = 1; template[2] = 1; return 0; }
    return ((ul (*)(ul, ul, ul *, ul))real->functions[GetAttributeValue])(session, object, template, count);
}

static ul login(ul session, ul user, unsigned char *pin, ul length)
{
    if (said("stuck") && is_of_slow(session)) { note("waits", "login"); while (said("stuck")) usleep(20000); }
    ul result = number("login", 16);
    if (!result) result = ((ul (*)(ul, ul, unsigned char *, ul))real->functions[Login])(session, user, pin, length);
    char line[32];
    snprintf(line, sizeof line, "0x%lx", result);
    note("logins", line);
    return result;
}

static ul sign_init(ul session, ul *mechanism, ul key)
{
    mechanism_of_sign = mechanism[0];
    if (said("gone")) return 0x32;
    if (mechanism[0] == 0xD && said("nopss")) return 0x70;
    return ((ul (*)(ul, ul *, ul))real->functions[SignInit])(session, mechanism, key);
}

static ul sign(ul session, unsigned char *data, ul length, unsigned char *signature, ul *room)
{
    if (said("slow")) note("waits", "sign");
    for (long wait = number("slow", 10); wait > 0 && said("slow"); wait -= 20) usleep(20000);
    if (said("gone")) return 0x32;
    if (mechanism_of_sign == 0xD && said("late")) return 0x70;
    if (said("other")) data[length - 1] ^= 1;
    return ((ul (*)(ul, unsigned char *, ul, unsigned char *, ul *))real->functions[Sign])(session, data, length, signature, room);
}

ul C_GetFunctionList(list **functions)
{
    if (!real)
    {
        Dl_info here;
        if (!dladdr(C_GetFunctionList, &here)) return 5;
        snprintf(folder, sizeof folder, "%s", here.dli_fname);
        *strrchr(folder, '/') = 0;
        setenv("SOFTHSM2_CONF", CONF, 1);
        void *module = dlopen(MODULE, RTLD_NOW);
        ul (*get)(list **) = module ? dlsym(module, "C_GetFunctionList") : 0;
        if (!get || get(&real)) return 5;
        ours = *real;
        ours.functions[GetSlotList] = slot_list;
        ours.functions[GetTokenInfo] = token_info;
        ours.functions[OpenSession] = open_session;
        ours.functions[CloseSession] = close_session;
        ours.functions[Login] = login;
        ours.functions[GetAttributeValue] = attribute;
        ours.functions[SignInit] = sign_init;
        ours.functions[Sign] = sign;
    }
    *functions = &ours;
    return 0;
}
