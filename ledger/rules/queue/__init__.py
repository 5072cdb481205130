"""May a change leave, did it arrive, and has it settled?"""
