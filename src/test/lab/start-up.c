/*
 * Starts a back-end as QEMU does, and measures how long that takes:
 *
 *   start-up socket|fd RUNS DIRECTORY PROGRAM [OPTION]...
 *
 * PROGRAM gets --quiet, --pid and, as its guest's socket, a path in DIRECTORY or a descriptor that
 * it inherits. It is ready when what was started has ended with status 0. For each run a line tells
 * the time from before the fork to then, and the resident set when ready.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 64, TEXT_MAX = 4096 };

static const long MILLISECOND = 1000 * 1000;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "start-up: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double milliseconds(void) {
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* The start of a file, ended by a zero byte; false if it isn't there. */
static int read_file(const char *path, char *text) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t got;

  if (fd < 0) return 0;
  got = read(fd, text, TEXT_MAX - 1);
  close(fd);
  if (got < 0) return 0;
  text[got] = 0;
  return 1;
}

static pid_t read_pid(const char *path) {
  char text[TEXT_MAX];

  if (!read_file(path, text)) fail(path);
  return (pid_t)atoi(text);
}

static long resident_kibibytes(pid_t pid) {
  char path[64], text[TEXT_MAX];
  const char *line;

  snprintf(path, sizeof(path), "/proc/%d/status", pid);
  if (!read_file(path, text)) fail("the back-end is not running");
  line = strstr(text, "VmRSS:");
  return line ? atol(line + strlen("VmRSS:")) : 0;
}

/* Some init processes take their time to collect what has ended: a zombie has ended. */
static int ended(pid_t pid) {
  char path[64], text[TEXT_MAX];
  const char *state;

  snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  if (!read_file(path, text)) return 1;
  state = strrchr(text, ')');
  return !state || state[2] == 'Z' || state[2] == 'X';
}

static void end(pid_t pid) {
  struct timespec pause = {.tv_nsec = MILLISECOND};

  kill(pid, SIGTERM);
  for (int i = 0; i < 5000 && !ended(pid); i++) nanosleep(&pause, NULL);
  if (!ended(pid)) kill(pid, SIGKILL);
}

static void run(char **arguments, const char *pid_file) {
  double start = milliseconds(), taken;
  pid_t child = fork(), pid;
  int status;

  if (child < 0) fail("fork");
  if (child == 0) {
    execvp(arguments[0], arguments);
    fail(arguments[0]);
  }
  if (waitpid(child, &status, 0) < 0) fail("waitpid");
  taken = milliseconds() - start;
  if (status != 0) {
    fprintf(stderr, "start-up: %s ended with status %d\n", arguments[0], status);
    exit(1);
  }
  pid = read_pid(pid_file);
  printf("ready %.2f ms resident %ld KiB\n", taken, resident_kibibytes(pid));
  fflush(stdout);
  end(pid);
}

int main(int argc, char **argv) {
  char *arguments[ARGUMENTS_MAX] = {0};
  char pid_file[TEXT_MAX], socket_path[TEXT_MAX], number[16];
  int count = 0, by_descriptor;

  if (argc < 5 || argc > ARGUMENTS_MAX - 8) {
    fprintf(stderr, "usage: start-up socket|fd RUNS DIRECTORY PROGRAM [OPTION]...\n");
    return 1;
  }
  by_descriptor = strcmp(argv[1], "fd") == 0;
  snprintf(pid_file, sizeof(pid_file), "%s/start-up.pid", argv[3]);
  snprintf(socket_path, sizeof(socket_path), "%s/start-up.socket", argv[3]);
  for (int i = 4; i < argc; i++) arguments[count++] = argv[i];
  arguments[count++] = "--quiet";
  arguments[count++] = "--pid";
  arguments[count++] = pid_file;
  arguments[count++] = by_descriptor ? "--fd" : "--socket";
  arguments[count++] = by_descriptor ? number : socket_path;
  for (int i = 0; i < atoi(argv[2]); i++) {
    int ends[2];

    unlink(pid_file);
    unlink(socket_path);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) fail("socketpair");
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    if (!by_descriptor) fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    snprintf(number, sizeof(number), "%d", ends[1]);
    run(arguments, pid_file);
    close(ends[0]);
    close(ends[1]);
  }
  return 0;
}
