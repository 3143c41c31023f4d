package org.jpasst.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class FlowTableTest {
  private final FlowTable table = new FlowTable(new SipHash(3, 4));
  private final FlowSide side = new FlowSide();

  private FlowSide tuple(int n) {
    return side.set(Pif.GUEST, 0, 0xffff_0a00_0001L, n & 0xffff, 0, 0xffff_0a00_0002L, n >>> 16);
  }

  private int open(int n) {
    int index = table.allocate(FlowType.TCP, 0);
    table.flow(index).initiating().set(tuple(n));
    table.insertInitiating(index);
    return index;
  }

  @Test
  void whatIsInsertedIsFoundByItsSideAndNoOther() {
    int index = open(1);
    assertThat(table.lookup(FlowType.TCP, tuple(1))).isEqualTo(index);
    assertThat(table.lookup(FlowType.TCP, tuple(2))).isEqualTo(FlowTable.NONE);
    assertThat(table.lookup(FlowType.UDP, tuple(1))).isEqualTo(FlowTable.NONE);
  }

  @Test
  void bothSidesCanBeLookedUp() {
    int index = open(1);
    table.flow(index).target().set(Pif.HOST, 0, 5, 6, 0, 7, 8);
    table.insertTarget(index);
    side.set(Pif.HOST, 0, 5, 6, 0, 7, 8);
    assertThat(table.lookup(FlowType.TCP, side)).isEqualTo(index);
    table.free(index);
    assertThat(table.lookup(FlowType.TCP, side)).isEqualTo(FlowTable.NONE);
  }

  @Test
  void aFreedIndexIsUsedAgainOnlyAfterTheTurnAndWithAnotherGeneration() {
    int index = open(1);
    int generation = table.flow(index).generation();
    table.free(index);
    assertThat(table.isCurrent(index, generation)).isFalse();
    assertThat(open(2)).isNotEqualTo(index);
    table.reclaim();
    assertThat(open(3)).isEqualTo(index);
    assertThat(table.isCurrent(index, generation)).isFalse();
    assertThat(table.isCurrent(index, table.flow(index).generation())).isTrue();
  }

  @Test
  void freeingTwiceIsABug() {
    int index = open(1);
    table.free(index);
    assertThatThrownBy(() -> table.free(index)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void itHoldsAsManyFlowsAsPasstAndThenNoMore() {
    for (int i = 0; i < FlowTable.LIMIT; i++) {
      assertThat(open(i)).isNotNegative();
    }
    assertThat(table.allocate(FlowType.TCP, 0)).isEqualTo(FlowTable.NONE);
    assertThat(table.size()).isEqualTo(FlowTable.LIMIT);
    for (int i = 0; i < FlowTable.LIMIT; i += 1001) {
      assertThat(table.lookup(FlowType.TCP, tuple(i))).isNotNegative();
    }
  }

  /** A guest chooses addresses and ports, but not where they go: the key is this process's own. */
  @Test
  void whatCollidesUnderOneKeyDoesNotUnderAnother() {
    var known = new SipHash(3, 4);
    var collide = new ArrayList<Integer>();
    for (int n = 0; collide.size() < 4000; n++) {
      if ((known.hash(6, tuple(n)) & 0xfff) == 0) {
        collide.add(n);
      }
    }
    assertThat(longestRun(known, collide)).isGreaterThan(900);
    assertThat(longestRun(new SipHash(5, 6), collide)).isLessThan(100);
    assertThat(longestRun(SipHash.random(), collide)).isLessThan(100);
  }

  private int longestRun(SipHash hash, List<Integer> tuples) {
    var other = new FlowTable(hash);
    for (int each : tuples) {
      int index = other.allocate(FlowType.TCP, 0);
      other.flow(index).initiating().set(tuple(each));
      other.insertInitiating(index);
    }
    return other.longestRun();
  }

  @Test
  void randomOpeningAndClosingAgreesWithAMap() {
    var random = new Random(11);
    Map<Integer, Integer> model = new HashMap<>();
    List<Integer> known = new ArrayList<>();
    for (int step = 0; step < 200_000; step++) {
      int n = random.nextInt(3000);
      int found = table.lookup(FlowType.TCP, tuple(n));
      assertThat(found).isEqualTo(model.getOrDefault(n, FlowTable.NONE));
      if (found == FlowTable.NONE) {
        model.put(n, open(n));
        known.add(n);
      } else if (random.nextInt(3) == 0) {
        table.free(found);
        model.remove(n);
      }
      if (random.nextInt(10) == 0) {
        table.reclaim();
      }
    }
    assertThat(table.size()).isEqualTo(model.size());
  }

  @Test
  void whatFlowsHaveCarriedIsToldByTypeAlsoWhenTheyHaveEnded() {
    int index = open(1);
    table.flow(index).addFromGuest(5);
    table.flow(index).addToGuest(7);
    table.allocate(FlowType.UDP, 0);
    assertThat(table.totals(FlowType.TCP).live()).isEqualTo(1);
    assertThat(table.totals(FlowType.TCP).endedBytesFromGuest()).isZero();
    table.free(index);
    table.reclaim();
    assertThat(table.totals(FlowType.TCP).live()).isZero();
    assertThat(table.totals(FlowType.TCP).opened()).isEqualTo(1);
    assertThat(table.totals(FlowType.TCP).endedBytesFromGuest()).isEqualTo(5);
    assertThat(table.totals(FlowType.TCP).endedBytesToGuest()).isEqualTo(7);
    assertThat(table.totals(FlowType.UDP).live()).isEqualTo(1);
    int next = table.allocate(FlowType.TCP, 42);
    assertThat(next).isEqualTo(index);
    assertThat(table.flow(next).began()).isEqualTo(42);
    assertThat(table.flow(next).bytesFromGuest()).isZero();
    assertThat(table.flow(next).bytesToGuest()).isZero();
  }
}
