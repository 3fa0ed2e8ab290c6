/* The sandbox, entered in a child for each question: what it must refuse is refused, and what the
 * program needs works. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

static char folder[] = "/tmp/fwproof-sandbox.XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* ---- attempts: errno, or 0 where it worked
 * -------------------------------------------------------
 */

static int told(long result)
{
    return result < 0 ? errno : 0;
}

static int open_socket(void)
{
    return told(socket(AF_INET, SOCK_STREAM, 0));
}

static int open_local_socket(void)
{
    return told(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int connect_somewhere(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return told(connect(0, (struct sockaddr *)&to, sizeof to));
}

static int run_program(void)
{
    char *argv[] = {NULL};
    execve("/bin/true", argv, argv);
    return errno;
}

static int run_open_file(void)
{
    char *argv[] = {NULL};
    int fd = open("/bin/true", O_RDONLY);
    return told(syscall(SYS_execveat, fd, "", argv, argv, AT_EMPTY_PATH));
}

static int start_process(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return told(pid);
}

static int start_by_clone3(void)
{
    uint64_t args[11] = {[4] = SIGCHLD};
    long pid = syscall(SYS_clone3, args, sizeof args);
    if (pid == 0)
        _exit(0);
    return told(pid);
}

static int signal_parent(void)
{
    return told(kill(getppid(), 0));
}

#ifndef __SANITIZE_ADDRESS__
static int signal_thread_of_parent(void)
{
    return told(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static int signal_self(void)
{
    return told(syscall(SYS_tgkill, getpid(), getpid(), 0));
}

static int trace_parent(void)
{
    return told(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}
#endif

static int make_ring(void)
{
    char params[512] = {0};
    return told(syscall(SYS_io_uring_setup, 1, params));
}

static int make_file(const char *path)
{
    return told(open(path, O_WRONLY | O_CREAT, 0600));
}

static int write_elsewhere(void)
{
    return make_file(in_folder("elsewhere/new"));
}

static int write_existing(void)
{
    return told(open(in_folder("elsewhere/old"), O_WRONLY));
}

static int truncate_existing(void)
{
    return told(truncate(in_folder("elsewhere/old"), 0));
}

static int remove_existing(void)
{
    return told(unlink(in_folder("elsewhere/old")));
}

static int rename_existing(void)
{
    char from[128];
    snprintf(from, sizeof from, "%s", in_folder("elsewhere/old"));
    return told(rename(from, in_folder("out/stolen")));
}

static int make_folder(void)
{
    return told(mkdir(in_folder("out/folder"), 0700));
}

static int change_mode(void)
{
    return told(chmod(in_folder("elsewhere/old"), 0777));
}

static int change_mode_of_open(void)
{
    int fd = open(in_folder("elsewhere/old"), O_RDONLY);
    return told(fd < 0 ? fd : fchmod(fd, 0777));
}

static int change_mode_by_newer_call(void)
{
    enum { FCHMODAT2 = 452 };
    return told(syscall(FCHMODAT2, AT_FDCWD, in_folder("elsewhere/old"), 0777, 0));
}

static int open_queue(void)
{
    return told(syscall(SYS_mq_open, "fwproof", O_RDWR | O_CREAT, 0600, NULL));
}

static int write_output(void)
{
    return file_write(in_folder("out/report"), "x", 1);
}

static int write_device(void)
{
    int fd = open("/dev/null", O_WRONLY);
    return told(fd < 0 ? fd : write(fd, "x", 1));
}

static int read_anything(void)
{
    char c;
    int fd = open(in_folder("elsewhere/old"), O_RDONLY);
    return told(fd < 0 ? fd : read(fd, &c, 1));
}

static void *nothing(void *p)
{
    return p;
}

static int start_thread(void)
{
    pthread_t t;
    int error = pthread_create(&t, NULL, nothing, NULL);
    return error != 0 ? error : pthread_join(t, NULL);
}

/* ---- asking
 * --------------------------------------------------------------------------------------
 */

enum { NO_FILES = 200, NO_CALLS };

/* What ATTEMPT gives in the sandbox; NO_FILES or NO_CALLS where this machine lacks it. */
static int inside(int (*attempt)(void), bool about_files)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char report[128];
        snprintf(report, sizeof report, "%s", in_folder("out/report"));
        const char *const outputs[] = {report, "/dev/null", "-"};
        struct sandbox s = sandbox_enter(outputs, sizeof outputs / sizeof *outputs);
        if (about_files && s.no_files != NULL)
            _exit(NO_FILES);
        if (!about_files && s.no_calls != NULL)
            _exit(NO_CALLS);
        _exit(attempt());
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

struct question {
    const char *name;
    int (*attempt)(void);
    bool about_files;
    int error; /* 0: it must work */
};

static void ask(void **state)
{
    const struct question *q = *state;
    int answer = inside(q->attempt, q->about_files);
    if (answer == NO_FILES || answer == NO_CALLS) {
        print_message("# this machine has no %s\n", answer == NO_FILES ? "Landlock" : "seccomp");
        skip();
    }
    assert_int_equal(answer, q->error);
}

/* Says ENOSYS to Landlock, as a kernel without it does. */
static void forget_landlock(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* What is lacking is said, and what is there is used. */
static void a_kernel_without_landlock(void **state)
{
    (void)state;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        forget_landlock();
        struct sandbox s = sandbox_enter(NULL, 0);
        if (s.no_files != NULL && strcmp(s.no_files, "this program counts what it runs") == 0)
            _exit(NO_FILES); /* make cover */
        bool said = s.no_files != NULL && strcmp(s.no_files, "the kernel has no Landlock") == 0;
        _exit(!said ? 1 : s.no_calls != NULL ? NO_CALLS : open_socket() == EPERM ? 0 : 2);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_CALLS || WEXITSTATUS(status) == NO_FILES)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Without the sandbox the same attempts work: else their failing would prove nothing. */
static void attempts_are_real(void **state)
{
    (void)state;
    assert_int_equal(open_local_socket(), 0);
    assert_int_equal(write_elsewhere(), 0);
    assert_int_equal(change_mode(), 0);
    assert_int_equal(make_folder(), 0);
    assert_int_equal(signal_parent(), 0);
    pid_t pid = fork();
    if (pid == 0) {
        run_program();
        _exit(1);
    }
    int status = 1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(rmdir(in_folder("out/folder")), 0);
    assert_int_equal(unlink(in_folder("elsewhere/new")), 0);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || mkdir(in_folder("out"), 0700) != 0 ||
        mkdir(in_folder("elsewhere"), 0700) != 0)
        return -1;
    FILE *f = fopen(in_folder("elsewhere/old"), "w");
    return f != NULL && fputs("old", f) >= 0 && fclose(f) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const files[] = {"out/report", "out/stolen", "elsewhere/new",
                                        "elsewhere/old"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(in_folder(files[i]));
    rmdir(in_folder("out/folder"));
    rmdir(in_folder("out"));
    rmdir(in_folder("elsewhere"));
    return rmdir(folder);
}

int main(void)
{
    static struct question questions[] = {
        {"no socket", open_socket, false, EPERM},
        {"no local socket", open_local_socket, false, EPERM},
        {"no connection by what is open", connect_somewhere, false, EPERM},
        {"no program", run_program, false, EPERM},
        {"no program by its file", run_open_file, false, EPERM},
        {"no process", start_process, false, EPERM},
        {"no process by clone3", start_by_clone3, false, ENOSYS},
#ifndef __SANITIZE_ADDRESS__ /* whose leak check needs both */
        {"no signal", signal_parent, false, EPERM},
        {"no signal to a thread", signal_thread_of_parent, false, EPERM},
        {"a signal to oneself", signal_self, false, 0},
        {"no tracing", trace_parent, false, EPERM},
#endif
        {"no io_uring", make_ring, false, EPERM},
        {"no other file's mode", change_mode, false, EPERM},
        {"no mode of an open file", change_mode_of_open, false, EPERM},
        {"no mode by a newer call", change_mode_by_newer_call, false, ENOSYS},
        {"no message queue", open_queue, false, EPERM},
        {"no new file elsewhere", write_elsewhere, true, EACCES},
        {"no writing elsewhere", write_existing, true, EACCES},
        {"no cutting elsewhere", truncate_existing, true, EACCES},
        {"no removing elsewhere", remove_existing, true, EACCES},
        {"no moving from elsewhere", rename_existing, true, EACCES},
        {"no folder", make_folder, true, EACCES},
        {"the output", write_output, true, 0},
        {"a device as output", write_device, true, 0},
        {"reading", read_anything, true, 0},
        {"threads", start_thread, false, 0},
    };
    enum { N = sizeof questions / sizeof *questions };
    struct CMUnitTest tests[N + 2] = {cmocka_unit_test(attempts_are_real),
                                      cmocka_unit_test(a_kernel_without_landlock)};
    for (size_t i = 0; i < N; i++)
        tests[i + 2] = (struct CMUnitTest){questions[i].name, ask, NULL, NULL, &questions[i]};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
