package org.jpasst;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

final class JdkTest {

  @Test
  void runsOnTheJdkItIsBuiltFor() {
    assertThat(Runtime.version().feature()).isEqualTo(25);
  }

  @Test
  void classesCanBeReadByTheArchitectureTests() {
    JavaClasses classes = new ClassFileImporter().importPackages("org.jpasst");

    assertThat(classes.contain(Main.class)).isTrue();
  }
}
