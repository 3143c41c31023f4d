package org.jpasst.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Date;
import org.junit.jupiter.api.Test;

/** Holds the packages to the layers of docs/architecture.md. */
final class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.jpasst");

  private static final String[] PROTOCOLS = {
    "router", "migrate", "stack", "control", "rehearsal", "app"
  };

  /**
   * A calendar that is set, or jumps, moves no timer: who wants to know how time passes asks the
   * monotonic clock. What shows a date to a reader is named here.
   */
  @Test
  void theCalendarIsOnlyForReaders() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("org.jpasst.guest.capture.WallClock")
        .and()
        .doNotHaveFullyQualifiedName("org.jpasst.log.LogFile")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(Instant.class, LocalDateTime.class, Clock.class, Date.class)
        .check(CLASSES);
  }

  @Test
  void packagesDependOnlyDownwards() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("net")
        .definedBy("org.jpasst.net..")
        .layer("stats")
        .definedBy("org.jpasst.stats..")
        .layer("wire")
        .definedBy("org.jpasst.wire..")
        .layer("linux")
        .definedBy("org.jpasst.linux..")
        .layer("log")
        .definedBy("org.jpasst.log..")
        .layer("loop")
        .definedBy("org.jpasst.loop..")
        .layer("config")
        .definedBy("org.jpasst.config..")
        .layer("flow")
        .definedBy("org.jpasst.flow..")
        .layer("forward")
        .definedBy("org.jpasst.forward..")
        .layer("guest")
        .definedBy("org.jpasst.guest..")
        .layer("unix")
        .definedBy("org.jpasst.unix..")
        .layer("proto")
        .definedBy("org.jpasst.proto..")
        .layer("control")
        .definedBy("org.jpasst.control..")
        .layer("migrate")
        .definedBy("org.jpasst.migrate..")
        .layer("rehearsal")
        .definedBy("org.jpasst.rehearsal..")
        .layer("router")
        .definedBy("org.jpasst.router..")
        .layer("stack")
        .definedBy("org.jpasst.stack..")
        .layer("cli")
        .definedBy("org.jpasst.cli..")
        .layer("sandbox")
        .definedBy("org.jpasst.sandbox..")
        .layer("app")
        .definedBy("org.jpasst.app..")
        .layer("demo")
        .definedBy("org.jpasst.demo..")
        .layer("main")
        .definedBy("org.jpasst")
        .whereLayer("main")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("demo")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("app")
        .mayOnlyBeAccessedByLayers("main")
        .whereLayer("cli")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("sandbox")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("router")
        .mayOnlyBeAccessedByLayers("stack")
        .whereLayer("stack")
        .mayOnlyBeAccessedByLayers("control", "rehearsal", "app")
        .whereLayer("control")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("rehearsal")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("migrate")
        .mayOnlyBeAccessedByLayers("stack", "control", "rehearsal", "app")
        .whereLayer("unix")
        .mayOnlyBeAccessedByLayers("migrate", "control", "app")
        .whereLayer("proto")
        .mayOnlyBeAccessedByLayers(PROTOCOLS)
        .whereLayer("guest")
        .mayOnlyBeAccessedByLayers(
            "proto", "router", "migrate", "stack", "control", "rehearsal", "app")
        .whereLayer("forward")
        .mayOnlyBeAccessedByLayers("proto", "router", "migrate", "stack", "rehearsal", "app")
        .whereLayer("flow")
        .mayOnlyBeAccessedByLayers(
            "forward", "proto", "router", "migrate", "stack", "control", "rehearsal", "app")
        .whereLayer("config")
        .mayOnlyBeAccessedByLayers(
            "forward", "proto", "router", "stack", "control", "cli", "sandbox", "rehearsal", "app")
        .whereLayer("loop")
        .mayOnlyBeAccessedByLayers(
            "guest", "proto", "router", "stack", "control", "rehearsal", "app")
        .check(CLASSES);
  }

  @Test
  void noPackagesDependOnEachOther() {
    SlicesRuleDefinition.slices()
        .matching("org.jpasst.(**)")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }

  @Test
  void wireKnowsNothingButAddresses() {
    classes()
        .that()
        .resideInAPackage("org.jpasst.wire..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("org.jpasst.wire..", "org.jpasst.net..", "java..")
        .check(CLASSES);
  }

  @Test
  void socketsOfFlowsKnowNoForwardingTable() {
    noClasses()
        .that()
        .resideInAPackage("org.jpasst.proto.socket")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.jpasst.proto.listen")
        .check(CLASSES);
  }

  @Test
  void onlyLinuxCallsNativeFunctions() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.jpasst.linux..")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("java\\.lang\\.foreign\\.(Linker|SymbolLookup|FunctionDescriptor).*")
        .check(CLASSES);
  }

  @Test
  void onlyUnixUsesJnr() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.jpasst.unix..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jnr..", "com.kenai..")
        .check(CLASSES);
  }

  @Test
  void onlyMainAndTerminationEndTheProcess() {
    noClasses()
        .that(not(resideInAnyPackage("org.jpasst.app", "org.jpasst.demo")))
        .and()
        .doNotHaveSimpleName("PasstRepair") // programs of their own
        .and()
        .doNotHaveSimpleName("PasstCtl")
        .should()
        .callMethod(System.class, "exit", int.class)
        .check(CLASSES);
  }

  @Test
  void protocolsReadNoClock() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "org.jpasst.proto..",
            "org.jpasst.router..",
            "org.jpasst.flow..",
            "org.jpasst.forward..",
            "org.jpasst.wire..")
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CLASSES);
  }

  @Test
  void nothingStaticIsMutable() {
    fields().that().areStatic().should().haveModifier(JavaModifier.FINAL).check(CLASSES);
  }

  @Test
  void classesAreFinalOrSealedOrInterfaces() {
    classes()
        .that()
        .areTopLevelClasses()
        .and()
        .areNotInterfaces()
        .and()
        .areNotEnums()
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(CLASSES);
  }
}
