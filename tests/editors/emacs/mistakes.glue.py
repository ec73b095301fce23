# %%
# %glue_versoin 5.0
# %idle_timeout 30
