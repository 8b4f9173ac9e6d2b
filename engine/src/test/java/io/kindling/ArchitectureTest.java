package io.kindling;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.kindling.device.MemoryPool;
import io.kindling.device.Raw;
import io.kindling.device.Storage;
import io.kindling.device.Strided;

@AnalyzeClasses(packages = "io.kindling", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule LAYERS =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("io.kindling..")
          .withOptionalLayers(true)
          .layer("core")
          .definedBy("io.kindling.core")
          .layer("device")
          .definedBy("io.kindling.device")
          .layer("cpu")
          .definedBy("io.kindling.device.cpu")
          .layer("tensor")
          .definedBy("io.kindling.tensor")
          .layer("networks")
          .definedBy(
              "io.kindling.nn..",
              "io.kindling.optim..",
              "io.kindling.data..",
              "io.kindling.vision..",
              "io.kindling.io..")
          .whereLayer("device")
          .mayOnlyBeAccessedByLayers("cpu", "tensor", "networks")
          .whereLayer("cpu")
          .mayOnlyBeAccessedByLayers("tensor")
          .whereLayer("tensor")
          .mayOnlyBeAccessedByLayers("networks")
          .whereLayer("networks")
          .mayNotBeAccessedByAnyLayer()
          .because("each layer knows only those below it: core, device, cpu, tensor, networks");

  @ArchTest
  static final ArchRule NO_CYCLES = slices().matching("io.kindling.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_CLUSTER =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..")
          .because("the engine runs without Spark");

  @ArchTest
  static final ArchRule NATIVE_LIBRARIES =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.kindling.device.cpu..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bytedeco..")
          .because("only a backend knows the library that it runs on");

  @ArchTest
  static final ArchRule RAW_MEMORY =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.kindling.device")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("sun.misc.Unsafe")
          .because("unsafe memory access stands in one class");

  @ArchTest
  static final ArchRule NO_HOST_MEMORY =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.kindling.device..")
          .should()
          .callMethod(Strided.class, "hostAddress")
          .orShould()
          .callMethod(Strided.class, "deviceAddress")
          .orShould()
          .callMethod(Storage.class, "address")
          .orShould()
          .dependOnClassesThat()
          .belongToAnyOf(Raw.class, MemoryPool.class)
          .because("only kernels know addresses; values move by upload and download");
}
