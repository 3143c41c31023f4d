package org.jpasst.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.Architectures;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.Date;
import java.util.function.LongSupplier;
import org.jpasst.log.Log;
import org.jpasst.unix.Syslog;
import org.junit.jupiter.api.Test;

/** Holds the packages to the layers of docs/architecture.md. */
final class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.jpasst");

  /**
   * Who alone reads a clock; all others are told what time it is. A log or a logger may be used by
   * any thread, passtctl is a program of its own, and TCP measures a system call (PeekPace).
   */
  private static final DescribedPredicate<JavaClass> CLOCK_READERS =
      resideInAnyPackage("org.jpasst.app", "org.jpasst.rehearsal", "org.jpasst.demo")
          .or(resideInAnyPackage("org.jpasst.control.client"))
          .or(belongToAnyOf(Log.class, Syslog.class))
          .or(name("org.jpasst.proto.tcp.TcpToGuest"))
          .as("clock readers");

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
        .and()
        .doNotHaveFullyQualifiedName("org.jpasst.log.LineStart")
        .should(use(System.class, "currentTimeMillis"))
        .orShould()
        .dependOnClassesThat()
        .belongToAnyOf(
            Instant.class,
            LocalDate.class,
            LocalTime.class,
            LocalDateTime.class,
            ZonedDateTime.class,
            OffsetDateTime.class,
            Clock.class,
            Date.class,
            Calendar.class)
        .check(CLASSES);
  }

  @Test
  void onlyThoseWhoMakeALoopOrAMessageReadTheClock() {
    noClasses().that(not(CLOCK_READERS)).should(use(System.class, "nanoTime")).check(CLASSES);
  }

  @Test
  void aMethodReferenceIsAUse() {
    JavaClasses self = new ClassFileImporter().importClasses(ReferringToTheClock.class);
    assertThat(noClasses().should(use(System.class, "nanoTime")).evaluate(self).hasViolation())
        .isTrue();
  }

  private static final class ReferringToTheClock {
    private final LongSupplier clock = System::nanoTime;
  }

  /** Calls a method or makes a reference to it, which ArchUnit's own {@code callMethod} misses. */
  private static ArchCondition<JavaClass> use(Class<?> owner, String method) {
    return new ArchCondition<>("use " + owner.getSimpleName() + "." + method) {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        for (JavaCodeUnitAccess<?> access : item.getCodeUnitAccessesFromSelf()) {
          boolean uses =
              access.getTargetOwner().isEquivalentTo(owner) && access.getName().equals(method);
          if (uses) {
            events.add(SimpleConditionEvent.satisfied(access, access.getDescription()));
          }
        }
      }
    };
  }

  /** The table of docs/architecture.md, row by row. */
  @Test
  void packagesDependOnlyDownwards() {
    String[] responderNames =
        CLASSES.stream()
            .filter(each -> each.getSimpleName().matches("\\w+Responder"))
            .map(each -> each.getPackageName() + "..")
            .toArray(String[]::new);
    assertThat(responderNames).hasSizeGreaterThanOrEqualTo(4);
    DescribedPredicate<JavaClass> responders = resideInAnyPackage(responderNames);
    DescribedPredicate<JavaClass> packet =
        name("org.jpasst.proto.Packet").or(name("org.jpasst.proto.Responder")).forSubtype();
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .ensureAllClassesAreContainedInArchitecture()
        .layer("net")
        .definedBy("org.jpasst.net..")
        .layer("json")
        .definedBy("org.jpasst.json..")
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
        .layer("bridge")
        .definedBy("org.jpasst.bridge..")
        .layer("unix")
        .definedBy("org.jpasst.unix..")
        .layer("router")
        .definedBy("org.jpasst.router..")
        .layer("late")
        .definedBy("org.jpasst.late..")
        .layer("migrate")
        .definedBy("org.jpasst.migrate..")
        .layer("rehearsal")
        .definedBy("org.jpasst.rehearsal..")
        .layer("stack")
        .definedBy("org.jpasst.stack..")
        .layer("control")
        .definedBy("org.jpasst.control..")
        .layer("qmp")
        .definedBy("org.jpasst.qmp..")
        .layer("cli")
        .definedBy("org.jpasst.cli..")
        .layer("sandbox")
        .definedBy("org.jpasst.sandbox..")
        .layer("app")
        .definedBy("org.jpasst.app..")
        .layer("demo")
        .definedBy("org.jpasst.demo..")
        .layer("distribution")
        .definedBy("org.jpasst.distribution..")
        .layer("responders")
        .definedBy(responders)
        .layer("packet")
        .definedBy(packet)
        .layer("proto")
        .definedBy(resideInAnyPackage("org.jpasst.proto..").and(not(responders.or(packet))))
        .layer("main")
        .definedBy("org.jpasst")
        .whereLayer("net")
        .mayNotAccessAnyLayer()
        .whereLayer("json")
        .mayNotAccessAnyLayer()
        .whereLayer("stats")
        .mayNotAccessAnyLayer()
        .whereLayer("wire")
        .mayOnlyAccessLayers("net")
        .whereLayer("linux")
        .mayOnlyAccessLayers("net")
        .whereLayer("log")
        .mayNotAccessAnyLayer()
        .whereLayer("loop")
        .mayOnlyAccessLayers("linux", "log", "stats")
        .whereLayer("config")
        .mayOnlyAccessLayers("net")
        .whereLayer("flow")
        .mayOnlyAccessLayers("net", "stats")
        .whereLayer("forward")
        .mayOnlyAccessLayers("config", "flow", "net")
        .whereLayer("guest")
        .mayOnlyAccessLayers("loop", "linux", "log", "net", "stats", "wire")
        .whereLayer("bridge")
        .mayOnlyAccessLayers("guest", "linux", "loop", "net", "stats", "wire")
        .whereLayer("unix")
        .mayOnlyAccessLayers("linux", "log", "net")
        .whereLayer("packet")
        .mayOnlyAccessLayers("flow", "guest", "net", "wire")
        .whereLayer("responders")
        .mayOnlyAccessLayers("packet", "config", "net", "stats", "wire")
        .whereLayer("proto")
        .mayOnlyAccessLayers(
            "packet", "config", "flow", "forward", "guest", "linux", "log", "loop", "net", "stats",
            "wire")
        .whereLayer("router")
        .mayOnlyAccessLayers(
            "packet",
            "proto",
            "responders",
            "forward",
            "guest",
            "config",
            "flow",
            "linux",
            "log",
            "loop",
            "net",
            "stats",
            "wire")
        .whereLayer("late")
        .mayOnlyAccessLayers("guest", "loop", "unix", "linux", "log", "stats", "wire")
        .whereLayer("migrate")
        .mayOnlyAccessLayers(
            "bridge", "late", "proto", "flow", "forward", "guest", "unix", "linux", "log", "net",
            "wire")
        .whereLayer("stack")
        .mayOnlyAccessLayers(
            "router",
            "migrate",
            "proto",
            "responders",
            "forward",
            "flow",
            "guest",
            "config",
            "loop",
            "linux",
            "log",
            "stats",
            "net")
        .whereLayer("rehearsal")
        .mayOnlyAccessLayers(
            "stack", "migrate", "proto", "forward", "flow", "guest", "config", "loop", "linux",
            "log", "net", "stats", "wire")
        .whereLayer("control")
        .mayOnlyAccessLayers(
            "migrate", "proto", "flow", "guest", "config", "json", "loop", "unix", "linux", "log",
            "net", "stats")
        .whereLayer("qmp")
        .mayOnlyAccessLayers("migrate", "guest", "config", "json", "loop", "unix", "linux", "log")
        .whereLayer("cli")
        .mayOnlyAccessLayers("config", "net")
        .whereLayer("sandbox")
        .mayOnlyAccessLayers("config", "linux")
        .whereLayer("demo")
        .mayOnlyAccessLayers("cli", "config", "linux", "net", "wire")
        .whereLayer("distribution")
        .mayNotAccessAnyLayer()
        .whereLayer("main")
        .mayOnlyAccessLayers("app")
        .whereLayer("app")
        .mayOnlyBeAccessedByLayers("main")
        .whereLayer("demo")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("distribution")
        .mayNotBeAccessedByAnyLayer()
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
