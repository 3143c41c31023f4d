package org.jpasst.sandbox;

import org.jpasst.linux.Architecture;

/**
 * The system calls that a process which serves may make: those of the event loop, and what the JVM
 * and the C library need meanwhile. {@link SystemCallFilter} looks at the arguments of some.
 *
 * <p>The JVM's are those that were seen, and those that HotSpot's sources and glibc's turn to on
 * other kernels. The numbers are those of asm/unistd_64.h and of asm-generic/unistd.h, which lacks
 * those with -1.
 */
enum SystemCall {
  // Descriptors.
  READ(0, 63),
  WRITE(1, 64),
  READV(19, 65),
  WRITEV(20, 66),
  PREAD64(17, 67),
  PWRITE64(18, 68),
  PREADV(295, 69),
  PWRITEV(296, 70),
  LSEEK(8, 62),
  CLOSE(3, 57),
  CLOSE_RANGE(436, 436),
  FSTAT(5, 80),
  FSTATFS(138, 44),
  FTRUNCATE(77, 46),
  FSYNC(74, 82),
  FDATASYNC(75, 83),
  FCNTL(72, 25),
  DUP(32, 23),
  DUP2(33, -1),
  DUP3(292, 24),
  PIPE(22, -1),
  PIPE2(293, 59),
  GETDENTS64(217, 61),
  FADVISE64(221, 223),

  // Files by name, which can only be looked at or removed.
  STAT(4, -1),
  LSTAT(6, -1),
  NEWFSTATAT(262, 79),
  STATX(332, 291),
  STATFS(137, 43),
  ACCESS(21, -1),
  FACCESSAT(269, 48),
  FACCESSAT2(439, 439),
  READLINK(89, -1),
  READLINKAT(267, 78),
  GETCWD(79, 17),
  UNLINK(87, -1),
  UNLINKAT(263, 35),
  INOTIFY_INIT1(294, 26),
  INOTIFY_ADD_WATCH(254, 27),
  INOTIFY_RM_WATCH(255, 28),

  // Sockets.
  SOCKETPAIR(53, 199),
  BIND(49, 200),
  CONNECT(42, 203),
  LISTEN(50, 201),
  ACCEPT(43, 202),
  ACCEPT4(288, 242),
  GETSOCKNAME(51, 204),
  GETPEERNAME(52, 205),
  GETSOCKOPT(55, 209),
  SETSOCKOPT(54, 208),
  SHUTDOWN(48, 210),
  SENDTO(44, 206),
  RECVFROM(45, 207),
  SENDMSG(46, 211),
  RECVMSG(47, 212),
  SENDMMSG(307, 269),
  RECVMMSG(299, 243),

  // Waiting.
  EPOLL_CREATE1(291, 20),
  EPOLL_CTL(233, 21),
  EPOLL_WAIT(232, -1),
  EPOLL_PWAIT(281, 22),
  EPOLL_PWAIT2(441, 441),
  POLL(7, -1),
  PPOLL(271, 73),
  SELECT(23, -1),
  PSELECT6(270, 72),
  EVENTFD2(290, 19),
  TIMERFD_CREATE(283, 85),
  TIMERFD_SETTIME(286, 86),
  TIMERFD_GETTIME(287, 87),
  FUTEX(202, 98),
  NANOSLEEP(35, 101),
  CLOCK_NANOSLEEP(230, 115),
  SCHED_YIELD(24, 124),
  PAUSE(34, -1),
  RESTART_SYSCALL(219, 128),

  // Memory.
  MMAP(9, 222),
  MUNMAP(11, 215),
  MREMAP(25, 216),
  MPROTECT(10, 226),
  MADVISE(28, 233),
  MINCORE(27, 232),
  MSYNC(26, 227),
  BRK(12, 214),
  MEMBARRIER(324, 283),

  // Threads and signals.
  EXIT(60, 93),
  EXIT_GROUP(231, 94),
  GETTID(186, 178),
  GETPID(39, 172),
  SET_ROBUST_LIST(273, 99),
  RSEQ(334, 293),
  SET_TID_ADDRESS(218, 96),
  SCHED_GETAFFINITY(204, 123),
  SCHED_GETPARAM(143, 121),
  SCHED_GETSCHEDULER(145, 120),
  SCHED_GET_PRIORITY_MAX(146, 125),
  SCHED_GET_PRIORITY_MIN(147, 126),
  GETPRIORITY(140, 141),
  RT_SIGACTION(13, 134),
  RT_SIGPROCMASK(14, 135),
  RT_SIGRETURN(15, 139),
  RT_SIGSUSPEND(130, 133),
  RT_SIGTIMEDWAIT(128, 137),
  SIGALTSTACK(131, 132),

  // Clocks and what the machine is.
  CLOCK_GETTIME(228, 113),
  CLOCK_GETRES(229, 114),
  GETTIMEOFDAY(96, 169),
  TIME(201, -1),
  TIMES(100, 153),
  GETCPU(309, 168),
  GETRANDOM(318, 278),
  GETRUSAGE(98, 165),
  GETRLIMIT(97, 163),
  SYSINFO(99, 179),
  UNAME(63, 160),
  GETUID(102, 174),
  GETEUID(107, 175),
  GETGID(104, 176),
  GETEGID(108, 177),
  GETPPID(110, 173),

  // Those whose arguments decide.
  OPEN(2, -1),
  OPENAT(257, 56),
  SOCKET(41, 198),
  IOCTL(16, 29),
  PRCTL(157, 167),
  PRLIMIT64(302, 261),
  SETPRIORITY(141, 140),
  CLONE(56, 220),
  CLONE3(435, 435),
  TGKILL(234, 131);

  private final int x86;
  private final int generic;

  SystemCall(int x86, int generic) {
    this.x86 = x86;
    this.generic = generic;
  }

  /** The call's number, or a negative one where the architecture doesn't have it. */
  int number(Architecture architecture) {
    return switch (architecture) {
      case X86_64 -> x86;
      case AARCH64 -> generic;
    };
  }
}
