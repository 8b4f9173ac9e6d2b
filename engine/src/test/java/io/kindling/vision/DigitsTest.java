package io.kindling.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.IndexException;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.vision.Digits.DigitSet;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Generated digits")
class DigitsTest {

  @Test
  @DisplayName("the bytes of a seed never change")
  void golden() {
    DigitSet set = Digits.generate(200, 42);
    CRC32 checksum = new CRC32();
    checksum.update(set.images());
    checksum.update(set.labels());
    assertEquals(3029817330L, checksum.getValue());
  }

  @Test
  @DisplayName("an example depends on seed and index alone, so that parts make the whole")
  void parts() {
    DigitSet whole = Digits.generate(30, 7);
    byte[] images = new byte[10 * Digits.PIXELS];
    byte[] labels = new byte[10];
    Digits.fill(7, 20, images, labels);
    assertArrayEquals(Arrays.copyOfRange(whole.labels(), 20, 30), labels);
    assertArrayEquals(
        Arrays.copyOfRange(whole.images(), 20 * Digits.PIXELS, 30 * Digits.PIXELS), images);
    assertEquals(whole.labels()[25], Digits.label(7, 25));
    assertArrayEquals(image(whole, 25), Digits.draw(Digits.label(7, 25), 7, 25));
  }

  @Test
  @DisplayName("seeds and indices give different images of the same digit")
  void vary() {
    byte[] one = Digits.draw(3, 1, 1);
    assertFalse(Arrays.equals(one, Digits.draw(3, 1, 2)));
    assertFalse(Arrays.equals(one, Digits.draw(3, 2, 1)));
  }

  @Test
  @DisplayName("each label is about equally likely")
  void balanced() {
    int[] counts = new int[Digits.CLASSES];
    for (int i = 0; i < 10_000; i++) {
      counts[Digits.label(5, i)]++;
    }
    for (int count : counts) {
      assertEquals(1000, count, 120);
    }
  }

  @Test
  @DisplayName("images are white on black like MNIST's: brightness, dark border, centre of mass")
  void looks() {
    int count = 1000;
    DigitSet set = Digits.generate(count, 3);
    double total = 0;
    for (int i = 0; i < count; i++) {
      byte[] image = image(set, i);
      double mass = 0;
      double x = 0;
      double y = 0;
      int brightest = 0;
      for (int p = 0; p < Digits.PIXELS; p++) {
        int value = image[p] & 0xFF;
        mass += value;
        x += value * (p % Digits.SIZE + 0.5);
        y += value * (p / Digits.SIZE + 0.5);
        brightest = Math.max(brightest, value);
      }
      assertTrue(brightest > 150, "brightest pixel " + brightest);
      assertEquals(14, x / mass, 2.5);
      assertEquals(14, y / mass, 2.5);
      assertEquals(0, image[0]);
      assertEquals(0, image[Digits.PIXELS - 1]);
      total += mass / 255;
    }
    assertEquals(0.13, total / count / Digits.PIXELS, 0.03);
  }

  @Test
  @DisplayName("a nearest neighbour finds most of the digits, and not all")
  void learnable() {
    DigitSet train = Digits.generate(1500, 1);
    DigitSet test = Digits.generate(400, 2);
    int correct = 0;
    for (int i = 0; i < 400; i++) {
      int nearest = nearest(train, image(test, i));
      correct += train.labels()[nearest] == test.labels()[i] ? 1 : 0;
    }
    double accuracy = correct / 400.0;
    assertTrue(accuracy > 0.9 && accuracy < 1, "accuracy " + accuracy);
  }

  @Test
  @DisplayName("a label outside 0 to 9 is an error")
  void badLabel() {
    IndexException e = assertThrows(IndexException.class, () -> Digits.draw(10, 0, 0));
    assertEquals("Digits.draw: expected a label from 0 to 9, got 10", e.getMessage());
  }

  @Test
  @DisplayName("counts and arrays that do not fit are errors")
  void badSizes() {
    KindlingException none = assertThrows(KindlingException.class, () -> Digits.generate(0, 1));
    assertEquals("Digits.generate: expected a count from 1 to 2739137, got 0", none.getMessage());
    ShapeException e =
        assertThrows(ShapeException.class, () -> Digits.fill(0, 0, new byte[784], new byte[2]));
    assertEquals(
        "Digits.fill: images of 784 bytes do not fit labels of the shape [2]: expected 784 bytes"
            + " an image",
        e.getMessage());
  }

  private static int nearest(DigitSet set, byte[] image) {
    int best = 0;
    long least = Long.MAX_VALUE;
    for (int i = 0; i < set.labels().length; i++) {
      long distance = 0;
      for (int p = 0; p < Digits.PIXELS; p++) {
        int difference = (set.images()[i * Digits.PIXELS + p] & 0xFF) - (image[p] & 0xFF);
        distance += (long) difference * difference;
      }
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }

  private static byte[] image(DigitSet set, int index) {
    return Arrays.copyOfRange(set.images(), index * Digits.PIXELS, (index + 1) * Digits.PIXELS);
  }
}
