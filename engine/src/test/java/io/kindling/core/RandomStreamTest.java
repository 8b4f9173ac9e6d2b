package io.kindling.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("T08 keyed random streams")
class RandomStreamTest {

  @Test
  @DisplayName("T08 Philox4x32-10 gives Random123's published vectors")
  void knownAnswers() {
    assertBlock(RandomStream.at(0, 0, 0), 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertBlock(RandomStream.at(-1, -1, -1), 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertBlock(
        RandomStream.at(0x299f31d0a4093822L, 0x85a308d3243f6a88L, 0x0370734413198a2eL),
        0xd16cfe09,
        0x94fdcceb,
        0x5001e420,
        0x24126ea1);
  }

  @Test
  @DisplayName("T08 the 128-bit counter carries and wraps")
  void counterCarries() {
    RandomStream carrying = RandomStream.at(7, -1, 41);
    draw(carrying, 4);
    assertArrayEquals(draw(RandomStream.at(7, 0, 42), 4), draw(carrying, 4));
    RandomStream wrapping = RandomStream.at(7, -1, -1);
    draw(wrapping, 4);
    assertArrayEquals(draw(RandomStream.at(7, 0, 0), 4), draw(wrapping, 4));
  }

  @Test
  @DisplayName("T08 the numbers of a seed and path never change")
  void golden() {
    assertArrayEquals(
        new int[] {1352127215, -803708550, 287649416}, draw(RandomStream.of(42, 1, 2), 3));
    assertEquals(-0.7528824321320934, RandomStream.of(42).nextGaussian());
    assertArrayEquals(new int[] {7, 6, 3, 1, 0, 2, 4, 5}, RandomStream.of(42).permutation(8));
  }

  @Test
  @DisplayName("T08 a path is a chain of splits, and what was drawn does not matter")
  void splitIsPath() {
    RandomStream parent = RandomStream.of(3, 5);
    draw(parent, 9);
    assertArrayEquals(draw(RandomStream.of(3, 5, 8), 8), draw(parent.split(8), 8));
  }

  @Test
  @DisplayName("T08 neighbouring seeds, paths, orders and lengths give different streams")
  void pathsDiffer() {
    Set<Long> firsts = new HashSet<>();
    int streams = 0;
    for (long seed = -2; seed < 3; seed++) {
      firsts.add(RandomStream.of(seed).nextLong());
      streams++;
      for (long a = 0; a < 20; a++) {
        firsts.add(RandomStream.of(seed, a).nextLong());
        streams++;
        for (long b = 0; b < 20; b++) {
          firsts.add(RandomStream.of(seed, a, b).nextLong());
          streams++;
        }
      }
    }
    firsts.add(RandomStream.of(0, RandomStream.tag("shuffle")).nextLong());
    firsts.add(RandomStream.of(0, RandomStream.tag("dropout")).nextLong());
    assertEquals(streams + 2, firsts.size());
  }

  @Test
  @DisplayName("T08 floats and doubles are uniform over [0, 1) and reach its ends")
  void uniform() {
    RandomStream stream = RandomStream.of(11);
    int[] bins = new int[64];
    int[] doubleBins = new int[64];
    for (int i = 0; i < 64_000; i++) {
      float f = stream.nextFloat();
      double d = stream.nextDouble();
      assertTrue(f >= 0 && f < 1 && d >= 0 && d < 1);
      bins[(int) (f * 64)]++;
      doubleBins[(int) (d * 64)]++;
    }
    // 63 degrees of freedom: 0.9999 of all streams stay below 113.
    assertTrue(chiSquare(bins, 1000) < 113, Arrays.toString(bins));
    assertTrue(chiSquare(doubleBins, 1000) < 113, Arrays.toString(doubleBins));
  }

  @Test
  @DisplayName("T08 neighbouring streams and neighbouring draws are not correlated")
  void independent() {
    int n = 50_000;
    double lag = 0;
    double across = 0;
    RandomStream one = RandomStream.of(1, 0);
    RandomStream other = RandomStream.of(1, 1);
    double previous = one.nextDouble() - 0.5;
    for (int i = 0; i < n; i++) {
      double x = one.nextDouble() - 0.5;
      lag += previous * x;
      across += x * (other.nextDouble() - 0.5);
      previous = x;
    }
    double sigma = Math.sqrt(n) / 12;
    assertTrue(Math.abs(lag) < 4 * sigma, () -> "lag");
    assertTrue(Math.abs(across) < 4 * sigma, () -> "across");
  }

  @Test
  @DisplayName("T08 the first draws of consecutive streams are uniform: keys are mixed")
  void firstDraws() {
    int[] bins = new int[64];
    for (int i = 0; i < 64_000; i++) {
      bins[(int) (RandomStream.of(0, i).nextFloat() * 64)]++;
    }
    assertTrue(chiSquare(bins, 1000) < 113, Arrays.toString(bins));
  }

  @Test
  @DisplayName("T08 Gaussian values have the moments of a normal distribution")
  void gaussian() {
    RandomStream stream = RandomStream.of(13);
    int n = 200_000;
    double sum = 0;
    double squares = 0;
    double fourth = 0;
    double pairs = 0;
    for (int i = 0; i < n; i += 2) {
      double x = stream.nextGaussian();
      double y = stream.nextGaussian();
      sum += x + y;
      squares += x * x + y * y;
      fourth += x * x * x * x + y * y * y * y;
      pairs += x * y;
    }
    assertEquals(0, sum / n, 0.01);
    assertEquals(1, squares / n, 0.015);
    assertEquals(3, fourth / n, 0.1);
    assertEquals(0, pairs / (n / 2), 0.015);
  }

  @Test
  @DisplayName("T08 bounded integers are unbiased, also where the bound does not divide 2^32")
  void bounded() {
    RandomStream stream = RandomStream.of(17);
    int[] bins = new int[7];
    int[] longBins = new int[7];
    int[] thirds = new int[3];
    int draws = 70_000;
    // 3/8 of the range: without rejection every third value would come in 2 of 8 draws, not 1 of 3.
    int bound = 3 << 29;
    for (int i = 0; i < draws; i++) {
      bins[stream.nextInt(7)]++;
      longBins[(int) stream.nextLong(7)]++;
      thirds[stream.nextInt(bound) % 3]++;
      long wide = stream.nextLong(Long.MAX_VALUE);
      assertTrue(wide >= 0 && wide < Long.MAX_VALUE);
    }
    assertTrue(chiSquare(bins, draws / 7) < 28, Arrays.toString(bins));
    assertTrue(chiSquare(longBins, draws / 7) < 28, Arrays.toString(longBins));
    assertTrue(chiSquare(thirds, draws / 3.0) < 19, Arrays.toString(thirds));
    assertEquals(0, stream.nextInt(1));
    assertEquals(0, stream.nextLong(1));
  }

  @Test
  @DisplayName("T08 a bound that is not positive is an error")
  void badBound() {
    RandomStream stream = RandomStream.of(0);
    KindlingException e = assertThrows(KindlingException.class, () -> stream.nextInt(0));
    assertEquals("RandomStream: expected a bound above 0, got 0", e.getMessage());
    assertThrows(KindlingException.class, () -> stream.nextLong(-1));
  }

  @Test
  @DisplayName("T08 filling an array gives what drawing one by one gives")
  void bulkIsSingle() {
    float[] filled = new float[1001];
    RandomStream.of(5).fillUniform(filled, -2, 3);
    RandomStream single = RandomStream.of(5);
    for (float value : filled) {
      assertEquals(-2 + 5f * single.nextFloat(), value);
      assertTrue(value >= -2 && value <= 3);
    }
    RandomStream.of(6).fillGaussian(filled, 1, 0.5);
    single = RandomStream.of(6);
    for (float value : filled) {
      assertEquals((float) (1 + 0.5 * single.nextGaussian()), value);
    }
  }

  @Test
  @DisplayName("T08 a permutation holds every index once, and all orders are equally likely")
  void permutation() {
    assertEquals(
        "RandomStream.permutation: expected 0 or more, got -1",
        assertThrows(KindlingException.class, () -> RandomStream.of(1).permutation(-1))
            .getMessage());
    RandomStream stream = RandomStream.of(19);
    int[] order = stream.permutation(1000);
    assertArrayEquals(IntStream.range(0, 1000).toArray(), Arrays.stream(order).sorted().toArray());
    assertEquals(0, stream.permutation(0).length);
    int[] bins = new int[6];
    for (int i = 0; i < 6000; i++) {
      int[] three = stream.permutation(3);
      bins[2 * three[0] + (three[1] > three[2] ? 1 : 0)]++;
    }
    assertTrue(chiSquare(bins, 1000) < 26, Arrays.toString(bins));
  }

  @Test
  @DisplayName("T08 a stream goes on from its saved state at any place")
  void stateRoundTrip() throws Exception {
    for (int place = 0; place < 9; place++) {
      RandomStream stream = RandomStream.of(23, place);
      draw(stream, place);
      stream.nextGaussian();
      RandomStream restored = RandomStream.of(0);
      restored.restore(stream.state());
      RandomStream serialised = (RandomStream) copy(stream);
      double expected = stream.nextGaussian();
      assertEquals(expected, restored.nextGaussian());
      assertEquals(expected, serialised.nextGaussian());
      int[] rest = draw(stream, 7);
      assertArrayEquals(rest, draw(restored, 7));
      assertArrayEquals(rest, draw(serialised, 7));
      assertArrayEquals(stream.state(), restored.state());
    }
  }

  @Test
  @DisplayName("T08 a state that is not one is an error")
  void badState() {
    RandomStream stream = RandomStream.of(0);
    DataException e = assertThrows(DataException.class, () -> stream.restore(new long[] {1, 2}));
    assertEquals(
        "RandomStream.restore: expected the five longs of state(), got [1, 2]; a state of another"
            + " generator cannot be used",
        e.getMessage());
    assertThrows(DataException.class, () -> stream.restore(new long[] {1, 2, 3, 5, 0}));
  }

  private static void assertBlock(RandomStream stream, int... words) {
    assertArrayEquals(words, draw(stream, 4));
  }

  private static int[] draw(RandomStream stream, int count) {
    return IntStream.range(0, count).map(i -> stream.nextInt()).toArray();
  }

  private static double chiSquare(int[] bins, double expected) {
    return Arrays.stream(bins).mapToDouble(n -> (n - expected) * (n - expected) / expected).sum();
  }

  private static Object copy(Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return in.readObject();
    }
  }

  @Test
  @DisplayName("T08 many words at a time are the words one by one, from any place")
  void manyAtATime() {
    for (int before : new int[] {0, 1, 3, 4}) {
      for (int n : new int[] {0, 1, 2, 5, 7, 1023, 1024, 1025, 5000}) {
        RandomStream one = RandomStream.of(7, before);
        RandomStream many = RandomStream.of(7, before);
        for (int i = 0; i < before; i++) {
          assertEquals(one.nextInt(), many.nextInt());
        }
        int[] words = new int[n];
        many.nextInts(words, n);
        for (int i = 0; i < n; i++) {
          assertEquals(one.nextInt(), words[i], n + " words after " + before + ": " + i);
        }
        assertEquals(one.nextLong(), many.nextLong());
        assertArrayEquals(one.state(), many.state());
      }
    }
  }
}
