package org.jpasst.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class UserNamespaceTest {
  @Test
  void whereOneUserIsMappedTheOverflowUserStandsForAllOthers() {
    UserNamespace own = UserNamespace.of("65534\n", List.of("      1000       1000          1"));
    assertThat(own.isUnmapped(65534)).isTrue();
    assertThat(own.isUnmapped(1000)).isFalse();
    assertThat(own.isUnmapped(0)).isFalse();
  }

  @Test
  void whereAllAreMappedNobodyIsAStranger() {
    UserNamespace all = UserNamespace.of("65534\n", List.of("0 0 4294967295"));
    assertThat(all.isUnmapped(65534)).isFalse();
  }

  @Test
  void aUserOfTheOverflowUsersIdIsNoStranger() {
    UserNamespace range = UserNamespace.of("65534\n", List.of("0 100000 1", "1 100001 65535"));
    assertThat(range.isUnmapped(65534)).isFalse();
    UserNamespace shorter = UserNamespace.of("65534\n", List.of("0 100000 1000"));
    assertThat(shorter.isUnmapped(65534)).isTrue();
  }

  @Test
  void theKernelsAnswersAreRead() {
    assertThat(UserNamespace.own().overflow()).isGreaterThan(1000);
  }
}
