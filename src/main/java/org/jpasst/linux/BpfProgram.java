package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;

/**
 * A program of classic BPF, built instruction by instruction: the kernel's
 * Documentation/networking/filter.rst. Jumps go forwards only, by at most 255 instructions.
 */
public final class BpfProgram {
  /** struct sock_fprog: u16 count, padding, pointer. */
  static final int SIZE = 16;

  /** BPF_LD | BPF_W | BPF_ABS: the accumulator becomes the word at an offset. */
  public static final int LOAD = 0x20;

  /** BPF_ALU | BPF_AND | BPF_K. */
  public static final int AND = 0x54;

  /** BPF_JMP | BPF_JEQ | BPF_K: equal. */
  public static final int JUMP_IF_EQUAL = 0x15;

  /** BPF_JMP | BPF_JGE | BPF_K: at least, unsigned. */
  public static final int JUMP_IF_AT_LEAST = 0x35;

  /** BPF_JMP | BPF_JSET | BPF_K: any of these bits is set. */
  public static final int JUMP_IF_ANY_SET = 0x45;

  /** BPF_RET | BPF_K. */
  public static final int RETURN = 0x06;

  private static final int INSTRUCTION_SIZE = 8;
  private static final long POINTER_AT = 8;

  /**
   * One instruction, struct sock_filter.
   *
   * @param code what it does, one of the constants above
   * @param ifTrue instructions to skip where a jump's condition holds
   * @param ifFalse instructions to skip where it doesn't
   * @param operand of the meaning that the code gives it
   */
  public record Instruction(int code, int ifTrue, int ifFalse, int operand) {}

  private final List<Instruction> instructions = new ArrayList<>();

  /** The program that does nothing but return a number. */
  static BpfProgram returning(int value) {
    return new BpfProgram().add(RETURN, value);
  }

  /** Appends an instruction that isn't a jump. */
  public BpfProgram add(int code, int operand) {
    return jump(code, operand, 0, 0);
  }

  /** Appends a jump. */
  public BpfProgram jump(int code, int operand, int ifTrue, int ifFalse) {
    instructions.add(new Instruction(code, ifTrue, ifFalse, operand));
    return this;
  }

  /** The instructions so far. */
  public List<Instruction> instructions() {
    return List.copyOf(instructions);
  }

  /** The program as the kernel takes it, a struct sock_fprog that points to its instructions. */
  MemorySegment allocate(SegmentAllocator memory) {
    MemorySegment code = memory.allocate((long) instructions.size() * INSTRUCTION_SIZE, 8);
    long at = 0;
    for (Instruction each : instructions) {
      code.set(JAVA_SHORT, at, (short) each.code());
      code.set(JAVA_BYTE, at + 2, (byte) each.ifTrue());
      code.set(JAVA_BYTE, at + 3, (byte) each.ifFalse());
      code.set(JAVA_INT, at + 4, each.operand());
      at += INSTRUCTION_SIZE;
    }
    MemorySegment program = memory.allocate(SIZE, 8);
    program.set(JAVA_SHORT, 0, (short) instructions.size());
    program.set(JAVA_LONG, POINTER_AT, code.address());
    return program;
  }
}
