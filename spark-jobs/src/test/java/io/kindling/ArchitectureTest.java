package io.kindling;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "io.kindling",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.JobsOnly.class})
class ArchitectureTest {

  /** The engine has rules of its own. */
  static class JobsOnly implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/engine/") && !location.contains("kindling-engine");
    }
  }

  @ArchTest
  static final ArchRule LAYERS =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("conf")
          .definedBy("io.kindling.conf")
          .layer("reduce")
          .definedBy("io.kindling.reduce")
          .layer("checkpoint")
          .definedBy("io.kindling.checkpoint")
          .layer("source")
          .definedBy("io.kindling.source")
          .layer("replica")
          .definedBy("io.kindling.replica")
          .layer("report")
          .definedBy("io.kindling.report")
          .layer("exchange")
          .definedBy("io.kindling.exchange..")
          .layer("train")
          .definedBy("io.kindling.train")
          .layer("failure")
          .definedBy("io.kindling.failure")
          .layer("jobs")
          .definedBy("io.kindling.jobs")
          .whereLayer("jobs")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("failure")
          .mayOnlyBeAccessedByLayers("jobs")
          .whereLayer("train")
          .mayOnlyBeAccessedByLayers("jobs")
          .whereLayer("exchange")
          .mayOnlyBeAccessedByLayers("failure", "train", "jobs")
          .whereLayer("report")
          .mayOnlyBeAccessedByLayers("exchange", "train", "jobs")
          .whereLayer("replica")
          .mayOnlyBeAccessedByLayers("exchange", "train", "jobs")
          .whereLayer("source")
          .mayOnlyBeAccessedByLayers("replica", "exchange", "train", "jobs")
          .whereLayer("reduce")
          .mayOnlyBeAccessedByLayers("replica", "report", "exchange", "train");

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("io.kindling.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule THE_SUM_IS_PLAIN_JAVA =
      noClasses()
          .that()
          .resideInAPackage("io.kindling.reduce")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "scala..")
          .because("the gradient sum is tested against a plain loop");

  @ArchTest
  static final ArchRule NO_MASTER =
      noClasses()
          .should()
          .callMethod(org.apache.spark.sql.SparkSession.Builder.class, "master", String.class)
          .orShould()
          .callMethod(org.apache.spark.SparkConf.class, "setMaster", String.class)
          .because("where a job runs is spark-submit's to say");

  @ArchTest
  static final ArchRule NO_EXIT =
      noClasses()
          .should()
          .callMethod(System.class, "exit", int.class)
          .because("YARN's cluster mode reports it as a failure");
}
