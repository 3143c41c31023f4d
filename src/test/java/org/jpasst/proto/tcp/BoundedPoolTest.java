package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class BoundedPoolTest {
  private static final Object NONE = new Object();

  private int made;

  private final BoundedPool<Object> pool =
      new BoundedPool<>(
          2,
          NONE,
          () -> {
            made++;
            return new Object();
          });

  @Test
  void itMakesWhatIsWantedUpToItsLimitAndNothingBefore() {
    assertThat(made).isZero();
    Object one = pool.take();
    Object other = pool.take();
    assertThat(one).isNotSameAs(other).isNotSameAs(NONE);
    assertThat(pool.take()).isSameAs(NONE);
    assertThat(pool.take()).isSameAs(NONE);
    assertThat(made).isEqualTo(2);
  }

  @Test
  void whatIsGivenBackIsUsedAgain() {
    Object one = pool.take();
    pool.giveBack(one);
    assertThat(pool.take()).isSameAs(one);
    Object other = pool.take();
    assertThat(pool.take()).isSameAs(NONE);
    pool.giveBack(other);
    assertThat(pool.take()).isSameAs(other);
    assertThat(made).isEqualTo(2);
  }
}
