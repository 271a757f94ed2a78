"""The Attributions tab of TensorBoard: reads what kerasig logs, without TensorFlow and without kerasig."""
