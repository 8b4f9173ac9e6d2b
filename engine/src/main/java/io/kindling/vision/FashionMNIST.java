package io.kindling.vision;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): ten kinds of clothing in MNIST's layout, file names
 * and sizes. Its options are MNIST's: {@code new FashionMNIST(MNIST.in(root))}.
 */
public final class FashionMNIST extends MNIST {
  private static final MnistFiles FILES =
      new MnistFiles(
          "FashionMNIST",
          "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
          List.of(
              "T-shirt/top",
              "Trouser",
              "Pullover",
              "Dress",
              "Coat",
              "Sandal",
              "Shirt",
              "Sneaker",
              "Bag",
              "Ankle boot"),
          Map.of(
              MnistFiles.images(true),
              List.of("8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
              MnistFiles.labels(true),
              List.of("25c81989df183df01b3e8a0aad5dffbe"),
              MnistFiles.images(false),
              List.of("bef4ecab320f06d8554ea6380940ec79"),
              MnistFiles.labels(false),
              List.of("bb300cfdad3c16e7a12a480ee83cd310")));

  public FashionMNIST(Path root, boolean train) {
    this(in(root).train(train));
  }

  /**
   * Reads the files, in the root or its {@code FashionMNIST/raw}.
   *
   * @throws io.kindling.core.DataException as {@link MNIST}
   */
  public FashionMNIST(Options options) {
    super(FILES, options);
  }
}
