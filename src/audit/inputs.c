#include "audit/audit.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER_DEPTH_MAX 32

struct str path_folder(struct str path)
{
    while (path.n != 0 && path.p[path.n - 1] != '/')
        path.n--;
    return path;
}

struct str path_stem(struct str path)
{
    struct str name = str_from(path, path_folder(path).n);
    for (size_t i = name.n; i > 1; i--)
        if (name.p[i - 1] == '.')
            return str_sub(name, 0, i - 1);
    return name;
}

bool path_is_directory(struct arena *a, struct str path)
{
    struct stat st;
    return stat(arena_cstr(a, path), &st) == 0 && S_ISDIR(st.st_mode);
}

struct str path_identity(struct arena *a, struct str path)
{
    struct stat st;
    if (stat(arena_cstr(a, path), &st) != 0)
        return path;
    return arena_strf(a, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
}

/* ---- one file ---------------------------------------------------------------------------------
 */

struct source *read_source(struct audit *a, struct str path, enum diag_level level)
{
    struct str bytes = {"", 0};
    int error = file_read(a->arena, path, &bytes);
    struct str shown = str_eq(path, STR("-")) ? STR("<stdin>") : path;
    if (error == 0)
        return source_add(a->arena, &a->sources, shown, bytes);
    diag_add(&a->diags, level, SPAN_NONE, "%.*s: cannot be read: %s", STR_ARG(shown),
             file_error(error));
    return NULL;
}

/* ---- folders ----------------------------------------------------------------------------------
 */

/* Names in a folder that are certainly no exports. Whatever else is there must be understood. */
static bool is_certainly_no_export(struct str name)
{
    static const char *const endings[] = {
        ".md",   ".json", ".jsonl", ".sarif", ".html", ".htm", ".css",  ".js",   ".yml",
        ".yaml", ".pdf",  ".png",   ".jpg",   ".jpeg", ".svg", ".gif",  ".docx", ".pptx",
        ".py",   ".sh",   ".c",     ".h",     ".o",    ".xml", ".toml",
    };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (str_ends(name, str_of(endings[i])))
            return true;
    return str_eq(name, STR("README")) || str_eq(name, STR("LICENSE")) ||
           str_eq(name, STR("Makefile"));
}

static int by_bytes(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* Adds what is in PATH to FILES and FOLDERS; folders that are links are not followed, so that
 * there is no way back up. */
static void list_one(struct audit *a, struct str path, struct strs *files, struct strs *folders)
{
    DIR *dir = opendir(arena_cstr(a->arena, path));
    if (dir == NULL) {
        diag_add(&a->diags, DIAG_INCOMPLETE, SPAN_NONE, "%.*s: cannot be read: %s", STR_ARG(path),
                 strerror(errno));
        return;
    }
    struct strs names = {0};
    errno = 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL; errno = 0)
        if (e->d_name[0] != '.')
            *PUSH(a->arena, names) = arena_copy(a->arena, str_of(e->d_name));
    if (errno != 0)
        diag_add(&a->diags, DIAG_INCOMPLETE, SPAN_NONE, "%.*s: cannot be read to its end: %s",
                 STR_ARG(path), strerror(errno));
    closedir(dir);
    if (names.n != 0)
        qsort(names.v, names.n, sizeof *names.v, by_bytes);
    const char *slash = str_ends(path, STR("/")) ? "" : "/";
    for (size_t i = 0; i < names.n; i++) {
        struct str full =
            arena_strf(a->arena, "%.*s%s%.*s", STR_ARG(path), slash, STR_ARG(names.v[i]));
        struct stat link, st;
        const char *z = arena_cstr(a->arena, full);
        if (lstat(z, &link) != 0 || stat(z, &st) != 0)
            diag_add(&a->diags, DIAG_INCOMPLETE, SPAN_NONE, "%.*s: cannot be read: %s",
                     STR_ARG(full), strerror(errno));
        else if (S_ISDIR(link.st_mode))
            *PUSH(a->arena, *folders) = full;
        else if (!S_ISREG(st.st_mode) || is_certainly_no_export(names.v[i]))
            diag_add(&a->diags, DIAG_NOTE, SPAN_NONE, "%.*s: not an export, left out",
                     STR_ARG(full));
        else
            *PUSH(a->arena, *files) = full;
    }
}

struct strs list_directory(struct audit *a, struct str path)
{
    struct strs files = {0}, level = {0};
    *PUSH(a->arena, level) = path;
    for (int depth = 0; level.n != 0 && depth < FOLDER_DEPTH_MAX; depth++) {
        struct strs next = {0};
        for (size_t i = 0; i < level.n; i++)
            list_one(a, level.v[i], &files, &next);
        level = next;
    }
    for (size_t i = 0; i < level.n; i++)
        diag_add(&a->diags, DIAG_INCOMPLETE, SPAN_NONE, "%.*s: more than %d folders deep, not read",
                 STR_ARG(level.v[i]), FOLDER_DEPTH_MAX);
    if (files.n != 0)
        qsort(files.v, files.n, sizeof *files.v, by_bytes);
    return files;
}

/* ---- the site file ----------------------------------------------------------------------------
 */

struct str find_site_file(struct arena *a)
{
    struct str up = STR("");
    struct str nearest = STR("");
    bool unsure = false; /* whether this is a repository */
    for (int i = 0; i < FOLDER_DEPTH_MAX; i++) {
        struct stat st;
        struct str path = arena_strf(a, "%.*sfwproof.json", STR_ARG(up));
        /* One that cannot be looked at is there: reading it says why. */
        if (nearest.n == 0 &&
            (stat(arena_cstr(a, path), &st) == 0 || (errno != ENOENT && errno != EACCES)))
            nearest = path;
        if (stat(arena_cstr(a, arena_strf(a, "%.*s.git", STR_ARG(up))), &st) == 0)
            return nearest;
        unsure = unsure || (errno != ENOENT && errno != EACCES);
        up = arena_strf(a, "../%.*s", STR_ARG(up));
    }
    /* Not in a repository: what lies above is somebody else's. */
    return unsure || str_eq(nearest, STR("fwproof.json")) ? nearest : STR("");
}
