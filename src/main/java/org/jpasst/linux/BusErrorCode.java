package org.jpasst.linux;

import java.util.HexFormat;

/**
 * What the processor does for SIGBUS, a function of {@code (int, siginfo_t *, void *)}: looks
 * whether the address is in one of our mappings, and if so, puts memory of zeros in place of the
 * unit of the file that is gone, counts that, and lets the instruction run again. Else it goes on
 * where the signal went before.
 *
 * <p>It is in machine code since nothing else may run there: not Java, nor what isn't
 * async-signal-safe (signal-safety(7)); mmap(2) is called without the C library and its errno. Only
 * registers are used that a function needn't preserve.
 *
 * <p>{@code table} and {@code former} are the two words that {@link BusErrorHandler} appends at
 * {@link #WORDS}.
 */
final class BusErrorCode {
  /** Where the two words lie: of the table's address, and of the former function's. */
  static final int WORDS = 240;

  /** Columns of a listing that have bytes. */
  static final int HEX_COLUMNS = 24;

  private static final int WORD_DIGITS = 8;

  private static final String X86_64 =
      """
      48 8b 46 10               mov rax, [rsi + 16]            # si_addr: what was touched
      4c 8b 1d e5 00 00 00      mov r11, [rip + table]
      b9 80 00 00 00            mov ecx, 128
                              next:
      49 83 c3 20               add r11, 32
      49 89 c2                  mov r10, rax
      4d 2b 13                  sub r10, [r11]
      4d 3b 53 08               cmp r10, [r11 + 8]
      72 0a                     jb lost
      ff c9                     dec ecx
      75 ec                     jnz next
                              former_one:
      ff 25 ce 00 00 00         jmp [rip + former]             # not ours: whose it was before
                              lost:
      57                        push rdi
      56                        push rsi
      52                        push rdx
      41 53                     push r11
      49 8b 73 10               mov rsi, [r11 + 16]            # mmap(the unit that it is in,
      48 89 f7                  mov rdi, rsi
      48 f7 df                  neg rdi
      48 21 c7                  and rdi, rax
      ba 03 00 00 00            mov edx, 3                     # PROT_READ | PROT_WRITE,
      41 ba 32 00 00 00         mov r10d, 0x32                 # MAP_PRIVATE | FIXED | ANONYMOUS
      49 c7 c0 ff ff ff ff      mov r8, -1
      45 31 c9                  xor r9d, r9d
      b8 09 00 00 00            mov eax, 9                     # __NR_mmap
      0f 05                     syscall
      41 5b                     pop r11
      5a                        pop rdx
      5e                        pop rsi
      5f                        pop rdi
      48 85 c0                  test rax, rax
      78 c2                     js former_one
      f0 49 ff 43 18            lock inc qword ptr [r11 + 24]  # of the mapping
      4c 8b 1d 82 00 00 00      mov r11, [rip + table]
      f0 49 ff 03               lock inc qword ptr [r11]       # of all
      c3                        ret                            # to the instruction that failed
      """;

  private static final String AARCH64 =
      """
      f9400829                  ldr x9, [x1, #16]              # si_addr: what was touched
      5800076a                  ldr x10, table
      5280100b                  mov w11, #128
                              next:
      9100814a                  add x10, x10, #32
      a940354c                  ldp x12, x13, [x10]
      cb0c012c                  sub x12, x9, x12
      eb0d019f                  cmp x12, x13
      540000a3                  b.lo lost
      7100056b                  subs w11, w11, #1
      54ffff41                  b.ne next
                              former_one:
      58000689                  ldr x9, former
      d61f0120                  br x9                          # not ours: whose it was before
                              lost:
      aa0003ee                  mov x14, x0
      aa0103ef                  mov x15, x1
      aa0203f0                  mov x16, x2
      f9400941                  ldr x1, [x10, #16]             # mmap(the unit that it is in,
      cb0103e0                  neg x0, x1
      8a090000                  and x0, x0, x9
      d2800062                  mov x2, #3                     # PROT_READ | PROT_WRITE,
      d2800643                  mov x3, #0x32                  # MAP_PRIVATE | FIXED | ANONYMOUS
      92800004                  mov x4, #-1
      d2800005                  mov x5, #0
      d2801bc8                  mov x8, #222                   # __NR_mmap
      d4000001                  svc #0
      aa0003ec                  mov x12, x0
      aa0e03e0                  mov x0, x14
      aa0f03e1                  mov x1, x15
      aa1003e2                  mov x2, x16
      b7fffdcc                  tbnz x12, #63, former_one
      9100614a                  add x10, x10, #24
                              one:
      c85f7d4c                  ldxr x12, [x10]
      9100058c                  add x12, x12, #1
      c80d7d4c                  stxr w13, x12, [x10]
      35ffffad                  cbnz w13, one
      5800034a                  ldr x10, table
                              all:
      c85f7d4c                  ldxr x12, [x10]
      9100058c                  add x12, x12, #1
      c80d7d4c                  stxr w13, x12, [x10]
      35ffffad                  cbnz w13, all
      d65f03c0                  ret                            # to the instruction that failed
      """;

  private BusErrorCode() {}

  /** The instructions, to be put anywhere. */
  static byte[] of(Architecture architecture) {
    return bytes(listing(architecture));
  }

  /** The code with its bytes in front of each instruction. */
  static String listing(Architecture architecture) {
    return switch (architecture) {
      case X86_64 -> X86_64;
      case AARCH64 -> AARCH64;
    };
  }

  private static byte[] bytes(String listing) {
    var digits = new StringBuilder();
    listing
        .lines()
        .flatMap(line -> line.substring(0, HEX_COLUMNS).trim().lines())
        .forEach(
            hex ->
                digits.append(
                    hex.indexOf(' ') < 0 && hex.length() == WORD_DIGITS ? reversed(hex) : hex));
    return HexFormat.of().parseHex(digits.toString().replace(" ", ""));
  }

  /** Instructions of AArch64 are words, little-endian in memory, written the other way round. */
  private static String reversed(String word) {
    return HexFormat.of().toHexDigits(Integer.reverseBytes(HexFormat.fromHexDigits(word)));
  }
}
