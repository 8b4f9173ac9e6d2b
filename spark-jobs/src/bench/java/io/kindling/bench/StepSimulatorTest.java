package io.kindling.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.bench.Cluster.Costs;
import io.kindling.bench.Cluster.Setup;
import io.kindling.bench.SimulatedStep.Outcome;
import io.kindling.bench.SlicedStep.Design;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StepSimulatorTest {
  private static final long PARAMETERS = 25_000_000;
  private static final double VECTOR = 4.0 * PARAMETERS;
  private static final double BANDWIDTH = 1.25e9;
  private static final double WIRE = VECTOR / BANDWIDTH;

  private static Setup setup(int executors, double bandwidth, double spread) {
    return new Setup(
        PARAMETERS, executors, executors, 1, 2, bandwidth, 0, 16, false, spread, 7);
  }

  private static Outcome sliced(Setup setup, Costs costs) {
    return SlicedStep.of(setup, costs, Design.PLAIN);
  }

  private static List<BiFunction<Setup, Costs, Outcome>> ways() {
    return List.of(JobStep::of, DriverStep::of, StepSimulatorTest::sliced);
  }

  @Test
  @DisplayName("a step is its compute where links and processors cost nothing")
  void computeAlone() {
    Setup free = setup(1, Double.POSITIVE_INFINITY, 0);
    for (BiFunction<Setup, Costs, Outcome> way : ways()) {
      Outcome outcome = way.apply(free, Costs.NONE);
      assertEquals(2, outcome.seconds(), 1e-9);
      assertEquals(1, outcome.efficiency(), 1e-9);
    }
  }

  @Test
  @DisplayName("one executor's vector goes out and comes in over its link")
  void oneExecutor() {
    for (BiFunction<Setup, Costs, Outcome> way : ways()) {
      assertEquals(
          2 + 2 * WIRE, way.apply(setup(1, BANDWIDTH, 0), Costs.NONE).seconds(), 0.02 * WIRE);
    }
  }

  @Test
  @DisplayName("the driver's reduction: a vector each way over the driver's link for each executor")
  void driverGrows() {
    for (int executors : new int[] {2, 8, 32}) {
      Outcome outcome = DriverStep.of(setup(executors, BANDWIDTH, 0), Costs.NONE);
      assertEquals(executors * VECTOR, outcome.bytesOut(), 1);
      assertEquals(executors * VECTOR, outcome.bytesIn(), 1);
      assertEquals(2 + 2 * executors * WIRE, outcome.seconds(), 0.1 * executors * WIRE);
    }
  }

  @Test
  @DisplayName("sliced: the driver's traffic is a vector each way, and a step four over a link")
  void slicedIsFlat() {
    for (int executors : new int[] {8, 32, 128}) {
      Outcome outcome = sliced(setup(executors, BANDWIDTH, 0), Costs.NONE);
      assertEquals(VECTOR, outcome.bytesOut(), 1);
      assertEquals(VECTOR, outcome.bytesIn(), 1);
      assertEquals(1, outcome.vectors(), 1e-6);
      assertTrue(outcome.seconds() > 2 + 2 * WIRE, () -> "too fast: " + outcome);
      assertTrue(outcome.seconds() < 2 + 4.5 * WIRE, () -> "too slow: " + outcome);
    }
  }

  @Test
  @DisplayName("several slices an owner, streams and overlap save what they should, and no more")
  void designs() {
    Setup setup = setup(32, BANDWIDTH, 0);
    Design pieces = Design.PLAIN.inPieces(4);
    double plain = sliced(setup, Costs.NONE).seconds();
    double piped = SlicedStep.of(setup, Costs.NONE, pieces).seconds();
    double overlapped = SlicedStep.of(setup, Costs.NONE, pieces.overlapping()).seconds();
    double streamed = SlicedStep.of(setup, Costs.NONE, pieces.streaming()).seconds();
    double owners = SlicedStep.of(setup, Costs.NONE, Design.PLAIN.atOwners()).seconds();
    assertTrue(piped < plain && overlapped < piped && streamed < piped, "not faster");
    assertTrue(piped > 2 + 2 * WIRE && streamed > 2 + WIRE && overlapped > 2 + WIRE, "too fast");
    assertEquals(2 + 2 * WIRE, owners, 0.1 * WIRE);
  }

  @Test
  @DisplayName("a broadcast's blocks leave the driver less often than once an executor")
  void broadcast() {
    Outcome outcome = JobStep.of(setup(32, BANDWIDTH, 0), Costs.NONE);
    assertTrue(outcome.bytesOut() >= VECTOR - 1, () -> "" + outcome);
    assertTrue(outcome.bytesOut() < 8 * VECTOR, () -> "" + outcome);
    assertEquals(32 * VECTOR, outcome.bytesIn(), 1);
  }

  @Test
  @DisplayName("a step waits for its slowest task; the seed alone decides which that is")
  void stragglers() {
    for (BiFunction<Setup, Costs, Outcome> way : ways()) {
      Setup spread = setup(16, Double.POSITIVE_INFINITY, 0.1);
      Outcome outcome = way.apply(spread, Costs.NONE);
      assertTrue(outcome.efficiency() < 0.95, () -> "" + outcome);
      assertEquals(outcome, way.apply(spread, Costs.NONE));
      Setup other =
          new Setup(PARAMETERS, 16, 16, 1, 2, Double.POSITIVE_INFINITY, 0, 16, false, 0.1, 8);
      assertNotEquals(outcome, way.apply(other, Costs.NONE));
    }
  }

  @Test
  @DisplayName("the formula says within a factor of three from where sliced is faster")
  void breakEven() {
    for (int executors : new int[] {2, 4, 16, 64}) {
      double formula = StepSimulator.breakEven(executors, BANDWIDTH);
      Setup more = Setup.of((long) (3 * formula), executors, 0.25, BANDWIDTH);
      Setup less = Setup.of((long) (formula / 3), executors, 0.25, BANDWIDTH);
      assertTrue(gain(more) > 0, () -> executors + " executors: sliced is slower at " + more);
      assertTrue(gain(less) <= 0, () -> executors + " executors: sliced is faster at " + less);
    }
  }

  private static double gain(Setup setup) {
    return DriverStep.of(setup, StepSimulator.FITTED).seconds()
        - sliced(setup, StepSimulator.FITTED).seconds();
  }

  @Test
  @DisplayName("parts of a sum become one with their neighbours in the tree only")
  void heldParts() {
    HeldParts parts = new HeldParts(5);
    for (int task : new int[] {0, 2, 4}) {
      parts.came(1);
      parts.added(0, task, 1);
    }
    assertEquals(3, parts.most());
    parts.came(1);
    parts.added(0, 1, 1);
    assertEquals(4, parts.most());
    parts.came(1);
    parts.added(0, 3, 1); // two and three parts are left before, one after
    parts.came(1);
    assertEquals(4, parts.most());
  }
}
