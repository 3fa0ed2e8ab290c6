#define _GNU_SOURCE /* syscall() */
#include "cli/cli.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- files: Landlock ----------------------------------------------------------------------------
 */

/* As in linux/landlock.h, which may be older than the kernel that runs. */
enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_REG = 1 << 8,
    FS_ALL_OF_1 = 0x1fff & ~(1 << 2 | 1 << 3), /* all but reading files and folders */
    FS_REFER = 1 << 13,                        /* since ABI 2 */
    FS_TRUNCATE = 1 << 14,                     /* since ABI 3 */
    NET_ALL_OF_4 = 3,                          /* TCP: bind, connect */
    SCOPE_ALL_OF_6 = 3,                        /* abstract sockets, signals */
    RULE_PATH_BENEATH = 1,
    CREATE_VERSION = 1,
};
struct ruleset_attr {
    uint64_t fs, net, scoped;
};
struct __attribute__((packed)) path_attr {
    uint64_t allowed;
    int32_t folder;
};

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* Programs that count what they run write that down when they end, wherever they were built. */
extern void __gcov_init(void *) __attribute__((weak));            /* GCC */
extern int __llvm_profile_write_file(void) __attribute__((weak)); /* Clang */

static void allow_path(int rules, const char *path, uint64_t what)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return; /* the output cannot be written, which is told then */
    struct path_attr attr = {what, fd};
    (void)syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &attr, 0);
    close(fd);
}

static void allow_output(int rules, uint64_t handled, const char *path)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    if (*path == '\0' || strcmp(path, "-") == 0)
        return;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        allow_path(rules, path, handled & (FS_WRITE_FILE | FS_TRUNCATE));
        return;
    }
    char *folder = slash == NULL ? NULL : strndup(path, (size_t)(slash - path) + 1);
    if (slash == NULL || folder != NULL)
        allow_path(rules, folder == NULL ? "." : folder,
                   handled & (FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_REMOVE_FILE));
    free(folder);
}

static const char *restrict_files(const char *const *outputs, size_t n)
{
    if (__gcov_init != NULL || __llvm_profile_write_file != NULL)
        return "this program counts what it runs";
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    if (abi < 1)
        return errno == ENOSYS ? "the kernel has no Landlock" : "Landlock is switched off";
    struct ruleset_attr attr = {.fs = FS_ALL_OF_1};
    attr.fs |= (abi >= 2 ? FS_REFER : 0u) | (abi >= 3 ? FS_TRUNCATE : 0u);
    attr.net = abi >= 4 ? NET_ALL_OF_4 : 0;
    attr.scoped = abi >= 6 ? SCOPE_ALL_OF_6 : 0;
    size_t size = abi >= 6 ? sizeof attr : offsetof(struct ruleset_attr, scoped);
    size = abi >= 4 ? size : offsetof(struct ruleset_attr, net);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (rules < 0)
        return "Landlock refuses its rules";
    for (size_t i = 0; i < n; i++)
        allow_output(rules, attr.fs, outputs[i]);
    bool done = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return done ? NULL : "Landlock refuses to be entered";
}

/* ---- system calls: seccomp ----------------------------------------------------------------------
 */

#ifdef __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif
#define OTHER_ABI 0x40000000u /* x32 */
/* What newer kernels can do nobody has looked at here; this one changes modes of files (fchmodat2),
 * the next but some their attributes. Numbers from 424 on are the same everywhere. */
#define FIRST_UNKNOWN 452u

/* The leak check of ASan stops and traces its process from a clone of it. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define CLONE_OF_THREAD (CLONE_THREAD | CLONE_VM)
#define SIGNALS_ARE_NEEDED true
#else
#define CLONE_OF_THREAD CLONE_THREAD
#define SIGNALS_ARE_NEEDED false
#endif

static const int refused[] = {
    /* the network */
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    /* programs and processes */
    SYS_execve,
    SYS_execveat,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
#ifndef __SANITIZE_ADDRESS__
    SYS_ptrace,
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
#ifdef SYS_pidfd_send_signal
    SYS_pidfd_send_signal,
#endif
#endif
    SYS_mq_open,
    SYS_mq_unlink,
    SYS_msgget,
    SYS_semget,
    SYS_shmget,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_personality,
/* what files are, beside their bytes: Landlock does not see to that */
#ifdef SYS_chmod
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    /* the machine */
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_quotactl,
    SYS_acct,
    SYS_syslog,
    SYS_vhangup,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
#ifdef SYS_io_uring_setup
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
#endif
#ifdef SYS_pidfd_getfd
    SYS_pidfd_open,
    SYS_pidfd_getfd,
#endif
#ifdef SYS_open_tree
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
#endif
};
#define N_REFUSED (sizeof refused / sizeof *refused)

/* Accumulator: a word of struct seccomp_data. */
#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define WHEN(test, value, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, (value), (yes), (no))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define FAIL(error) ANSWER(SECCOMP_RET_ERRNO | (error))

static const char *restrict_calls(void)
{
    static const struct sock_filter head[] = {
        LOAD(arch),
        WHEN(BPF_JEQ, ARCH, 1, 0),
        FAIL(EPERM),
        LOAD(nr),
        WHEN(BPF_JGE, OTHER_ABI, 0, 1),
        FAIL(EPERM),
        WHEN(BPF_JGE, FIRST_UNKNOWN, 0, 1), /* whoever calls it can do without */
        FAIL(ENOSYS),
#ifdef SYS_clone3
        WHEN(BPF_JEQ, SYS_clone3, 0, 1), /* its flags are in memory: the C library takes clone */
        FAIL(ENOSYS),
#endif
        WHEN(BPF_JEQ, SYS_clone, 0, 4),
        LOAD(args[0]), /* the low half: both machines are little-endian */
        WHEN(BPF_JSET, CLONE_OF_THREAD, 0, 1),
        ANSWER(SECCOMP_RET_ALLOW),
        FAIL(EPERM),
        WHEN(BPF_JEQ, SYS_ioctl, 0, 4),
        LOAD(args[1]),
        WHEN(BPF_JEQ, TIOCSTI, 0, 1), /* as if the user had typed it */
        FAIL(EPERM),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    enum { N_HEAD = sizeof head / sizeof *head };
    /* abort() sends a signal so, but it might be to others. */
    const struct sock_filter own[] = {
        WHEN(BPF_JEQ, SYS_tgkill, 0, 4), LOAD(args[0]), WHEN(BPF_JEQ, (uint32_t)getpid(), 0, 1),
        ANSWER(SECCOMP_RET_ALLOW),       FAIL(EPERM),
    };
    enum { N_OWN = SIGNALS_ARE_NEEDED ? 0 : sizeof own / sizeof *own };
    struct sock_filter code[N_HEAD + N_OWN + 2 * N_REFUSED + 1];
    memcpy(code, head, sizeof head);
    memcpy(code + N_HEAD, own, N_OWN * sizeof *own);
    struct sock_filter *next = code + N_HEAD + N_OWN;
    for (size_t i = 0; i < N_REFUSED; i++) {
        *next++ = (struct sock_filter)WHEN(BPF_JEQ, (uint32_t)refused[i], 0, 1);
        *next++ = (struct sock_filter)FAIL(EPERM);
    }
    *next++ = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)(next - code), code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        return errno == EINVAL ? "the kernel has no seccomp filters" : "seccomp is refused";
    return NULL;
}

struct sandbox sandbox_enter(const char *const *outputs, size_t n)
{
    static const char refused_privs[] = "the kernel cannot give up privileges";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return (struct sandbox){refused_privs, refused_privs};
    const char *no_files = restrict_files(outputs, n);
    return (struct sandbox){no_files, restrict_calls()};
}

#else

struct sandbox sandbox_enter(const char *const *outputs, size_t n)
{
    (void)outputs;
    (void)n;
    static const char why[] = "it is made for Linux on x86-64 and AArch64";
    return (struct sandbox){why, why};
}

#endif
