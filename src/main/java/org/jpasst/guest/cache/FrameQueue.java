package org.jpasst.guest.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.wire.NetworkOrder;

/**
 * Frames in the order in which they came, in memory that grows and shrinks with them, and in the
 * layout in which they move to another host: for each a time (32 bits), a length (16 bits) and its
 * bytes.
 */
final class FrameQueue {
  /** Bytes in front of each frame. */
  static final int FIXED = 6;

  private static final int LENGTH_AT = 4;
  private static final int BLOCK = 1 << 20;

  /** A part of the memory; frames aren't divided. */
  private static final class Block {
    final Arena arena = Arena.ofConfined();
    final MemorySegment memory;

    /** What is to be added to its frames' times. */
    int timeShift;

    int from;
    int to;

    Block(int size, int timeShift) {
      memory = arena.allocate(size);
      this.timeShift = timeShift;
    }

    int room() {
      return (int) memory.byteSize() - to;
    }

    MemorySegment used() {
      for (int at = from; timeShift != 0 && at < to; at += FIXED + lengthOf(memory, at)) {
        NetworkOrder.put32(memory, at, NetworkOrder.get32(memory, at) + timeShift);
      }
      timeShift = 0;
      return memory.asSlice(from, to - from);
    }
  }

  private final ArrayDeque<Block> blocks = new ArrayDeque<>();
  private int count;
  private long size;

  /** How many frames there are. */
  int count() {
    return count;
  }

  /** Bytes that they take, with what is in front of each. */
  long size() {
    return size;
  }

  /**
   * Appends a copy of a frame.
   *
   * @param time milliseconds of the owner's clock
   */
  void add(int time, MemorySegment frame, long at, int length) {
    if (blocks.isEmpty() || blocks.getLast().room() < FIXED + length) {
      blocks.addLast(new Block(BLOCK, 0));
    }
    Block block = blocks.getLast();
    NetworkOrder.put32(block.memory, block.to, time - block.timeShift);
    NetworkOrder.put16(block.memory, block.to + LENGTH_AT, length);
    MemorySegment.copy(frame, at, block.memory, block.to + FIXED, length);
    block.to += FIXED + length;
    count++;
    size += FIXED + length;
  }

  /**
   * Appends a copy of many frames in this layout, which are well formed.
   *
   * @param timeShift what is to be added to their times
   */
  void addAll(MemorySegment frames, int number, int timeShift) {
    if (number > 0) {
      Block block = new Block((int) frames.byteSize(), timeShift);
      block.memory.copyFrom(frames);
      block.to = (int) frames.byteSize();
      blocks.addLast(block);
      count += number;
      size += frames.byteSize();
    }
  }

  /** The memory of the oldest frame; only if there is one. */
  MemorySegment memory() {
    return blocks.getFirst().memory;
  }

  /** Its offset there. */
  int at() {
    return blocks.getFirst().from + FIXED;
  }

  /** Its length. */
  int length() {
    return lengthOf(memory(), blocks.getFirst().from);
  }

  /** Length of a frame, from where what is in front of it begins. */
  static int lengthOf(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + LENGTH_AT);
  }

  /** Its time. */
  int time() {
    Block block = blocks.getFirst();
    return NetworkOrder.get32(block.memory, block.from) + block.timeShift;
  }

  /** Forgets the oldest frame. */
  void remove() {
    Block block = blocks.getFirst();
    int step = FIXED + length();
    block.from += step;
    size -= step;
    count--;
    if (block.from == block.to) {
      blocks.removeFirst();
      block.arena.close();
    }
  }

  /** Is shown one frame after the other. */
  @FunctionalInterface
  interface Visitor {
    /** One of them, which stays where it is. */
    void visit(MemorySegment memory, long at, int length);
  }

  /** Shows all frames, oldest first. */
  void visit(Visitor visitor) {
    for (Block block : blocks) {
      for (int at = block.from; at < block.to; at += FIXED + lengthOf(block.memory, at)) {
        visitor.visit(block.memory, at + FIXED, lengthOf(block.memory, at));
      }
    }
  }

  /** All of the memory that is in use, oldest first; it stays ours. */
  List<MemorySegment> parts() {
    List<MemorySegment> parts = new ArrayList<>();
    for (Block block : blocks) {
      parts.add(block.used());
    }
    return parts;
  }
}
