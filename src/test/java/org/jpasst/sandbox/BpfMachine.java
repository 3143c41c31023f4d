package org.jpasst.sandbox;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jpasst.linux.BpfProgram;
import org.jpasst.linux.BpfProgram.Instruction;

/** Runs a program of classic BPF as the kernel does, as far as seccomp filters use it. */
final class BpfMachine {
  private static final int SECCOMP_DATA_SIZE = 64;
  private static final int ARGUMENTS_AT = 16;

  private final List<Instruction> program;
  private final int architecture;

  BpfMachine(BpfProgram program, int architecture) {
    this.program = program.instructions();
    this.architecture = architecture;
  }

  /** What it returns for a system call of the given number and arguments. */
  int run(int number, long... arguments) {
    ByteBuffer data = ByteBuffer.allocate(SECCOMP_DATA_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(0, number).putInt(4, architecture);
    for (int i = 0; i < arguments.length; i++) {
      data.putLong(ARGUMENTS_AT + i * Long.BYTES, arguments[i]);
    }
    int accumulator = 0;
    int at = 0;
    while (true) {
      Instruction each = program.get(at++);
      int operand = each.operand();
      switch (each.code()) {
        case BpfProgram.LOAD -> accumulator = data.getInt(operand);
        case BpfProgram.AND -> accumulator &= operand;
        case BpfProgram.RETURN -> {
          return operand;
        }
        case BpfProgram.JUMP_IF_EQUAL -> at += skip(each, accumulator == operand);
        case BpfProgram.JUMP_IF_AT_LEAST ->
            at += skip(each, Integer.compareUnsigned(accumulator, operand) >= 0);
        case BpfProgram.JUMP_IF_ANY_SET -> at += skip(each, (accumulator & operand) != 0);
        default -> throw new IllegalStateException("unknown instruction " + each);
      }
    }
  }

  private static int skip(Instruction jump, boolean condition) {
    return condition ? jump.ifTrue() : jump.ifFalse();
  }
}
