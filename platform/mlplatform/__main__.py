from mlplatform.cli.main import main

main()
