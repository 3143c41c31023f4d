/*
 * Runs a command on a kernel that refuses some socket options:
 *
 *   refuse-options LEVEL:OPTION... -- COMMAND [ARGUMENT]...
 *
 * setsockopt(2) with one of them gives EPERM, for the command and all that it starts. By seccomp(2),
 * so that everything else is this machine's own kernel.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 16

/* The arguments are 64 bits wide; of an int the lower half counts. */
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))

static struct sock_filter code[3 + 5 * MOST + 1];
static unsigned short length;

static void add(unsigned short operation, unsigned char yes, unsigned char no, unsigned value) {
  code[length++] = (struct sock_filter){operation, yes, no, value};
}

static void refuse(unsigned level, unsigned option) {
  add(BPF_LD | BPF_W | BPF_ABS, 0, 0, ARGUMENT(1));
  add(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, level);
  add(BPF_LD | BPF_W | BPF_ABS, 0, 0, ARGUMENT(2));
  add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, option);
  add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM);
}

int main(int argc, char **argv) {
  int at = 1;
  add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
  add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_setsockopt);
  add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
    unsigned level, option;
    if (at > MOST || sscanf(argv[at], "%u:%u", &level, &option) != 2) {
      fprintf(stderr, "refuse-options: not LEVEL:OPTION: %s\n", argv[at]);
      return 64;
    }
    refuse(level, option);
  }
  add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  if (at + 1 >= argc) {
    fprintf(stderr, "usage: refuse-options LEVEL:OPTION... -- COMMAND [ARGUMENT]...\n");
    return 64;
  }
  struct sock_fprog program = {length, code};
  /* Without new privileges, or only root could do it. */
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) {
    perror("refuse-options: seccomp");
    return 71;
  }
  execvp(argv[at + 1], argv + at + 1);
  perror(argv[at + 1]);
  return 127;
}
