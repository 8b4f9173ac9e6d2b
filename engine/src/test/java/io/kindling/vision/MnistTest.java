package io.kindling.vision;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.DataException;
import io.kindling.core.IndexException;
import io.kindling.data.DataLoader;
import io.kindling.data.Idx;
import io.kindling.data.Sample;
import io.kindling.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistTest {
  private static final int COUNT = 12;

  @TempDir Path root;
  private final Digits.DigitSet digits = Digits.generate(COUNT, 1);

  private static void write(Path folder, String name, boolean gzip, int[] shape, byte[] data)
      throws IOException {
    Files.createDirectories(folder);
    try (OutputStream out = Files.newOutputStream(folder.resolve(gzip ? name + ".gz" : name))) {
      Idx.IdxArray array = new Idx.IdxArray(shape, data);
      if (gzip) {
        Idx.writeGzip(out, array);
      } else {
        Idx.write(out, array);
      }
    }
  }

  private void write(Path folder, boolean train, boolean gzip) throws IOException {
    write(folder, MnistFiles.images(train), gzip, new int[] {COUNT, 28, 28}, digits.images());
    write(folder, MnistFiles.labels(train), gzip, new int[] {COUNT}, digits.labels());
  }

  @BeforeEach
  void files() throws IOException {
    write(root, true, true);
    write(root, false, false);
  }

  @Test
  @DisplayName("D02 both parts are read, plain or gzip, scaled to [0, 1], with their labels")
  void reads() {
    for (boolean train : new boolean[] {true, false}) {
      MNIST data = new MNIST(root, train);
      assertEquals(COUNT, data.size());
      Sample one = data.get(3);
      assertArrayEquals(new long[] {1, 28, 28}, one.input().shape());
      assertEquals(DType.FLOAT32, one.input().dtype());
      assertEquals(digits.labels()[3], one.target().itemLong());
      assertEquals(0, one.target().dim());
      int pixel = digits.images()[3 * 784 + 14 * 28 + 14] & 0xff;
      assertEquals(pixel / 255f, one.input().get(0, 14, 14).item());
      Sample batch = data.batch(3, 0);
      assertArrayEquals(new long[] {2, 1, 28, 28}, batch.input().shape());
      assertTrue(batch.input().get(0).equal(one.input()));
      assertArrayEquals(
          new long[] {digits.labels()[3], digits.labels()[0]}, batch.target().toLongArray());
      assertEquals(DType.UINT8, data.data().dtype());
      assertArrayEquals(new long[] {COUNT, 28, 28}, data.data().shape());
      assertEquals(digits.labels()[11], data.targets().get(11).itemLong());
    }
  }

  @Test
  @DisplayName("D02 torchvision's folders are found too, and the class names are torchvision's")
  void foldersAndClasses() throws IOException {
    Path other = root.resolve("other");
    write(other.resolve("FashionMNIST").resolve("raw"), true, true);
    write(other.resolve("MNIST").resolve("raw"), true, true);
    FashionMNIST fashion = new FashionMNIST(other, true);
    assertEquals(COUNT, fashion.size());
    assertEquals("Ankle boot", fashion.classes().get(9));
    assertEquals("FashionMNIST of 12 images", fashion.toString());
    assertEquals("7 - seven", new MNIST(other, true).classes().get(7));
    assertEquals(10, fashion.classes().size());
  }

  @Test
  @DisplayName("D02 a transform makes the input from the uint8 image, singly and in batches")
  void transform() {
    MNIST data =
        new MNIST(
            MNIST.in(root).transform(image -> image.toFloat().view(-1).narrow(0, 0, 3).add(0.5)));
    assertArrayEquals(new float[] {0.5f, 0.5f, 0.5f}, data.get(0).input().toFloatArray());
    assertArrayEquals(new long[] {4, 3}, data.batch(0, 1, 2, 3).input().shape());
    MNIST raw = new MNIST(MNIST.in(root).transform(image -> image));
    Tensor image = raw.get(0).input();
    assertArrayEquals(new long[] {28, 28, 1}, image.shape());
    assertEquals(DType.UINT8, image.dtype());
  }

  @Test
  @DisplayName("D05 a loader makes batches of it, with workers")
  void loads() {
    int seen = 0;
    DataLoader loader =
        new DataLoader(
            new MNIST(root, true), DataLoader.batches(5).shuffle(true).seed(1).workers(2));
    for (Sample batch : loader) {
      seen += (int) batch.input().size(0);
    }
    assertEquals(COUNT, seen);
  }

  @Test
  @DisplayName("D02 a missing file says what to fetch from where")
  void missing() {
    Path empty = root.resolve("empty");
    DataException e = assertThrows(DataException.class, () -> new MNIST(empty, true));
    assertEquals(
        "MNIST: train-images-idx3-ubyte or train-images-idx3-ubyte.gz not found in "
            + empty
            + "; nothing is downloaded here: fetch"
            + " https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz and the"
            + " other files of the set into that folder",
        e.getMessage());
  }

  @Test
  @DisplayName("D02 images and labels of different counts, and labels out of range, are refused")
  void damaged() throws IOException {
    write(root, MnistFiles.labels(false), false, new int[] {3}, new byte[] {1, 2, 3});
    DataException e = assertThrows(DataException.class, () -> new MNIST(root, false));
    assertEquals(
        "MNIST: "
            + root
            + " has 12 images and 3 labels in its test part; are they of the same set?",
        e.getMessage());
    byte[] labels = digits.labels().clone();
    labels[7] = (byte) 200;
    write(root, MnistFiles.labels(false), false, new int[] {COUNT}, labels);
    e = assertThrows(DataException.class, () -> new MNIST(root, false));
    assertEquals(
        "MNIST: label 200 at position 7 of t10k-labels-idx1-ubyte, expected 0 to 9",
        e.getMessage());
  }

  @Test
  @DisplayName("D02 verification passes the published content however compressed, nothing else")
  void verification() throws Exception {
    DataException e =
        assertThrows(DataException.class, () -> new MNIST(MNIST.in(root).verify(true)));
    Path images = root.resolve("train-images-idx3-ubyte.gz");
    assertEquals(
        images
            + ": not the published file: MD5 "
            + md5(Files.readAllBytes(images))
            + ", expected f68b3c2dcbeaaa9fbdd348bbdeb94873 or 6bbc9ace898e44ae57da46a324031adb;"
            + " fetch it again from"
            + " https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz, or do not"
            + " ask for verification",
        e.getMessage());
    // The plain files of the test part have the content of the gzip files of the training part.
    MnistFiles known =
        new MnistFiles(
            "Known",
            "https://example.org/",
            List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
            Map.of(
                MnistFiles.images(true),
                List.of(md5(Files.readAllBytes(root.resolve(MnistFiles.images(false))))),
                MnistFiles.labels(true),
                List.of(md5(Files.readAllBytes(root.resolve(MnistFiles.labels(true) + ".gz"))))));
    assertEquals(COUNT, known.readImages(root, true, true).count());
    assertEquals(COUNT, known.readLabels(root, true, true).count());
  }

  private static String md5(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
  }

  @Test
  @DisplayName("D02 an index outside the set is refused")
  void index() {
    MNIST data = new MNIST(root, true);
    IndexException e = assertThrows(IndexException.class, () -> data.get(COUNT));
    assertEquals("MNIST: index 12 is out of range for 12 examples", e.getMessage());
    assertThrows(IndexException.class, () -> data.batch(0, -1));
  }
}
